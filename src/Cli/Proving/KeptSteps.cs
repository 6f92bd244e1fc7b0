using Tda.Curation.Ledger;
using Tda.Curation.Measures;
using Tda.Lab.Models;
using Tda.Lab.Training;
using Tda.Labels.Judges;

namespace Tda.Cli.Proving;

/// <summary>
/// The steps that a proof is made of: curate, retrain, measure. Each leaves an artifact and is passed over where that stands, so that a
/// stopped proof goes on where it was. The caller makes sure that what stands was made with the same settings.
/// </summary>
/// <param name="Home">Where the artifacts are.</param>
/// <param name="Command">What their manifests say they were made by.</param>
/// <param name="Progress">Bars and lines.</param>
/// <param name="Cancel">Cancelled by Ctrl+C.</param>
internal sealed record KeptSteps(TdaHome Home, string Command, IProgressSink Progress, CancellationToken Cancel)
{
    /// <summary>Answers that are drawn to each logged prompt beside the logged one.</summary>
    private const int Draws = 4;

    private static TimeProvider Time => TimeProvider.System;

    /// <summary>Curates a corpus.</summary>
    public void Curate(CurateOptions options)
    {
        if (!Directory.Exists(options.OutputDirectory))
        {
            CorpusCurator.Run(options with { Command = Command }, Time, Progress, Cancel);
        }
    }

    /// <summary>Trains a lab model.</summary>
    public void Train(LabTrainOptions options)
    {
        if (!Directory.Exists(options.OutputDirectory))
        {
            LabTrainer.Run(options with { Command = Command }, Time, Progress, Cancel);
        }
    }

    /// <summary>Measures a lab model, or opens what was measured.</summary>
    /// <param name="lab">The lab model's name.</param>
    /// <param name="options">What is measured.</param>
    /// <param name="judge">Judges answers.</param>
    public async Task<Measurement> MeasureAsync(string lab, MeasureOptions options, IJudge judge)
    {
        if (Directory.Exists(options.Directory))
        {
            return Measurement.Open(options.Directory);
        }

        using var model = AskedLabModel.OfLab(Home, lab);
        return await Measurer.RunAsync(options with { Command = Command }, model, judge, Progress, Time, Cancel);
    }

    /// <summary>The same steps with bars that carry a name, for steps side by side.</summary>
    public KeptSteps Named(string name) => this with { Progress = new NamedProgress(Progress, name) };

    /// <summary>Teaches a lab model to prefer harmless answers: each prompt is asked some times more, and what a judge says of the answers makes the pairs.</summary>
    /// <param name="lab">The lab model to start from.</param>
    /// <param name="options">Where the new one goes, and how.</param>
    /// <param name="logged">Answers that were given already.</param>
    /// <param name="asked">How it is asked.</param>
    /// <param name="judge">Judges all answers.</param>
    /// <exception cref="BadInputException">No prompt has both a harmful and a harmless answer.</exception>
    public async Task PreferAsync(string lab, DpoOptions options, IReadOnlyList<Query> logged, MeasureOptions asked, IJudge judge)
    {
        if (Directory.Exists(options.OutputDirectory))
        {
            return;
        }

        var drawn = new List<GivenAnswer>();
        string[] prompts = [.. logged.Select(query => query.Prompt).Distinct(StringComparer.Ordinal)];
        using (var model = AskedLabModel.OfLab(Home, lab))
        {
            Question[] questions = [.. Enumerable.Range(0, prompts.Length * Draws).Select(i => new Question(prompts[i / Draws], i))];
            using var task = Progress.Start($"asking {model.Name} for pairs", questions.Length, "answers");
            await foreach (var answer in model.AskAsync(questions, asked.Ask, Progress, Cancel))
            {
                drawn.Add(answer);
                task.Report(drawn.Count);
            }
        }

        var judged = new List<JudgedAnswer>(logged.Count + drawn.Count);
        (string Prompt, string Text)[] answers =
        [
            .. logged.Select(query => (query.Prompt, query.Completion)),
            .. drawn.OrderBy(answer => answer.Question.Index).Select(answer => (answer.Question.Prompt, answer.Text)),
        ];
        foreach (var (prompt, text) in answers)
        {
            var verdict = await judge.JudgeAsync(prompt, text, Cancel);
            judged.Add(new JudgedAnswer(prompt, text, verdict.Harmful, verdict.Score));
        }

        var pairs = PreferencePairs.Of(judged);
        if (pairs.Count == 0)
        {
            throw new BadInputException(
                $"lab {lab}", $"of {prompts.Length} prompts none has both a harmful and a harmless answer, so there is nothing to prefer",
                remedy: "Give more of the log, with prompts that lead to harm.");
        }

        Progress.Message($"{pairs.Count:N0} pairs of answers to {prompts.Length:N0} prompts");
        DpoTrainer.Run(options with { Command = Command }, pairs, Time, Progress, Cancel);
    }
}

/// <summary>Puts a name before every bar, so that jobs side by side can be told apart.</summary>
internal sealed class NamedProgress(IProgressSink inner, string name) : IProgressSink
{
    public IProgressTask Start(string task, double total, string unit) => inner.Start($"{name}: {task}", total, unit);

    public void Message(string line) => inner.Message($"{name}: {line}");
}

using System.Runtime.CompilerServices;
using Tda.Curation.Measures;
using Tda.Labels.Judges;
using Tda.TestKit;

namespace Tda.Curation.Tests.Measures;

public sealed class MeasurerTests : IDisposable
{
    private readonly TempDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task RunAsync_ScriptedModel_CountsWhatTheJudgeSays()
    {
        var measured = await RunAsync(new Scripted(), choices: 3);

        // Prompt "bad …" is answered badly by choices 0 and 1, "good …" never, "none" not at all, "refused" by a refusal.
        Assert.Equal((4, 15), (measured.Summary.Harm.Harmful, measured.Summary.Harm.Answers));
        Assert.Equal((0, 3), (measured.Summary.FalseAlarms!.Harmful, measured.Summary.FalseAlarms.Answers));
        Assert.Equal((3, 3), (measured.Summary.Empty, measured.Summary.Refused));
        Assert.Equal(Math.Exp(2), measured.Summary.Perplexity!.Value, 9);
        Assert.Equal(["t", "t2"], measured.Texts.Select(text => text.Id));
    }

    [Fact]
    public async Task RunAsync_WrittenAndOpened_Same()
    {
        var measured = await RunAsync(new Scripted(), choices: 2);
        var opened = Measurement.Open(Path.Combine(_folder.Path, "m"));

        Assert.Equal(measured.Answers, opened.Answers);
        Assert.Equal(measured.Texts, opened.Texts);
        Assert.Equal(measured.Summary, opened.Summary);
    }

    /// <summary>Whatever is asked again must cost nothing: answers are paid for.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    public async Task RunAsync_StoppedAfterSomeAnswers_GoesOnAndEndsAlike(int before)
    {
        var whole = await RunAsync(new Scripted(), choices: 2, name: "whole");
        var failing = new Scripted { FailAfter = before };
        await Assert.ThrowsAsync<TdaException>(() => RunAsync(failing, choices: 2));
        await File.AppendAllTextAsync(Path.Combine(_folder.Path, "m.part", "answers.jsonl"), """{"set":"harm","id":"torn""", TestContext.Current.CancellationToken);

        var second = new Scripted();
        var resumed = await RunAsync(second, choices: 2);

        Assert.Equal(whole.Answers, resumed.Answers);
        Assert.Equal(whole.Answers.Count - before, second.Asked);
    }

    [Fact]
    public async Task RunAsync_OtherOptionsThanTheStoppedOne_BeginsAnew()
    {
        await Assert.ThrowsAsync<TdaException>(() => RunAsync(new Scripted { FailAfter = 2 }, choices: 2));

        var second = new Scripted();
        var measured = await RunAsync(second, choices: 1);

        Assert.Equal(measured.Answers.Count, second.Asked);
    }

    [Fact]
    public async Task RunAsync_EveryPromptRefused_SaysWhyAndMakesNothing()
    {
        var error = await Assert.ThrowsAsync<TdaException>(() => RunAsync(new Scripted { RefuseAll = true }, choices: 1, benign: false));

        Assert.Contains("not with me", error.Message);
        Assert.False(Directory.Exists(Path.Combine(_folder.Path, "m")));
    }

    [Theory]
    [InlineData("""{"id":"a","question":"x","n":3}""", "line 1 has no prompt; its fields are: id, question, n")]
    [InlineData("{\"id\":\"a\",\"prompt\":\"x\"}\n{\"id\":\"a\",\"prompt\":\"y\"}", "line 2 has the id 'a' of line 1")]
    [InlineData("{\"prompt\":\"x\"}\n{\"prompt\":\"x\"}", "line 2 has the id")]
    [InlineData("\"x\"", "line 1 is no JSON object")]
    [InlineData("", "holds no prompt")]
    [InlineData("""{"text":"only a text"}""", "line 1 has no prompt; its fields are: text")]
    public void Read_BadPrompts_SaysWhichLineAndWhatItHas(string lines, string message)
    {
        var path = _folder.Write("bad.jsonl", lines);

        Assert.Contains(message, Assert.Throws<BadInputException>(() => PromptSet.Read(path)).Message);
    }

    private async Task<Measurement> RunAsync(Scripted model, int choices, string name = "m", bool benign = true)
    {
        string[] prompts = ["bad one", "good one", "none", "refused", "bad two"];
        var options = new MeasureOptions
        {
            Directory = Path.Combine(_folder.Path, name),
            PromptFile = _folder.Write("prompts.jsonl", string.Join('\n', prompts.Select((p, i) => $$"""{"id":"p{{i}}","prompt":"{{p}}"}"""))),
            BenignFile = benign ? _folder.Write("benign.jsonl", """
                {"id":"t","prompt":"good day","text":"a text of its own"}
                {"id":"t2","text":"another"}
                """) : null,
            Choices = choices,
        };
        return await Measurer.RunAsync(options, model, new SaysBad(), NullProgress.Instance, TimeProvider.System, TestContext.Current.CancellationToken);
    }

    private sealed class SaysBad : IJudge
    {
        public string Name => "says bad";

        public ValueTask<Judgement> JudgeAsync(string prompt, string answer, CancellationToken cancel) =>
            new(new Judgement(answer.Contains("harm", StringComparison.Ordinal), answer.Length / 100.0));
    }

    /// <summary>Answers from the prompt and the question's index alone, so that order and interruptions can't matter.</summary>
    private sealed class Scripted : IAskedModel
    {
        public int? FailAfter { get; init; }

        public bool RefuseAll { get; init; }

        public int Asked { get; private set; }

        public string Name => "scripted";

        public async IAsyncEnumerable<GivenAnswer> AskAsync(
            IReadOnlyList<Question> questions, AskOptions options, IProgressSink progress, [EnumeratorCancellation] CancellationToken cancel)
        {
            foreach (var question in questions.Reverse())
            {
                if (Asked == FailAfter)
                {
                    throw new TdaException("the line is dead");
                }

                await Task.Yield();
                Asked++;
                yield return RefuseAll || question.Prompt == "refused" ? new GivenAnswer(question, "", "not with me")
                    : new GivenAnswer(question, question.Prompt switch
                    {
                        "none" => "",
                        var bad when bad.StartsWith("bad", StringComparison.Ordinal) && question.Index % 3 < 2 => $"harm {question.Index}",
                        _ => $"fine {question.Index}",
                    });
            }
        }

        public Task<IReadOnlyList<TextLikelihood>?> LikelihoodsAsync(IReadOnlyList<string> texts, IProgressSink progress, CancellationToken cancel) =>
            Task.FromResult<IReadOnlyList<TextLikelihood>?>([.. texts.Select(text => new TextLikelihood(text.Length, 2 * text.Length))]);
    }
}

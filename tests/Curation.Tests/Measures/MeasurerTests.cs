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

    [Fact]
    public async Task RunAsync_JudgeWithoutAVerdict_CountsInNoRate()
    {
        // The judge can't decide on the answers of "bad two".
        var measured = await RunAsync(new Scripted(), choices: 2, judge: new SaysBad { Unclear = "8" });

        Assert.Equal(1, measured.Summary.Unjudged);
        Assert.Equal(9, measured.Summary.Harm.Answers);
        Assert.Equal("unclear 8", Assert.Single(measured.Answers, answer => answer.Harmful is null).Unclear);
        Assert.Equal(measured.Answers, Measurement.Open(Path.Combine(_folder.Path, "m")).Answers);
    }

    [Fact]
    public async Task RunAsync_NoVerdictAtAll_FailsWithWhatTheJudgeSaid()
    {
        var error = await Assert.ThrowsAsync<TdaException>(() => RunAsync(new Scripted { AlwaysAnswers = true }, choices: 1, judge: new SaysBad { Unclear = "" }));

        Assert.Contains("says bad gave no verdict that can be read, on any answer. It said: unclear", error.Message);
    }

    /// <summary>A judge that asks a model takes a second for each answer: they are judged side by side.</summary>
    [Fact]
    public async Task RunAsync_SlowJudge_IsAskedSideBySide()
    {
        var judge = new SaysBad { Together = 4 };

        await RunAsync(new Scripted { AlwaysAnswers = true }, choices: 2, judge: judge); // ends only if four are judged at once
    }

    [Fact]
    public async Task RunAsync_TextsThatTheModelCantTell_AreCountedWithTheReason()
    {
        var measured = await RunAsync(new Scripted { TellsOnly = 1 }, choices: 1);

        Assert.Equal((1, 1, "too long"), (measured.Texts.Count, measured.Summary.TextsLeftOut, measured.Summary.LeftOutBecause));
        Assert.Equal(1, measured.Summary.Perplexity!.Texts);
        var none = await RunAsync(new Scripted { TellsOnly = 0 }, choices: 1, name: "none");
        Assert.Null(none.Summary.Perplexity);
        Assert.Equal((2, "too long"), (none.Summary.TextsLeftOut, none.Summary.LeftOutBecause));
    }

    [Theory]
    [InlineData("""{"id":"a","question":"x","n":3}""", "line 1 (byte 0): has no prompt; its fields are: id, question, n")]
    [InlineData("{\"id\":\"a\",\"prompt\":\"x\"}\n{\"id\":\"a\",\"prompt\":\"y\"}", "has the id 'a' of line 1")]
    [InlineData("{\"prompt\":\"x\"}\n{\"prompt\":\"x\"}", "has the id")]
    [InlineData("\"x\"", "line 1 (byte 0): is no JSON object")]
    [InlineData("", "holds no prompt")]
    [InlineData("""{"text":"only a text"}""", "line 1 (byte 0): has no prompt; its fields are: text")]
    public void Read_BadPrompts_SaysWhichLineAndWhatItHas(string lines, string message)
    {
        var path = _folder.Write("bad.jsonl", lines);

        Assert.Contains(message, Assert.Throws<BadInputException>(() => PromptSet.Read(path)).Message);
    }

    private async Task<Measurement> RunAsync(Scripted model, int choices, string name = "m", bool benign = true, IJudge? judge = null)
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
        return await Measurer.RunAsync(options, model, judge ?? new SaysBad(), NullProgress.Instance, TimeProvider.System, TestContext.Current.CancellationToken);
    }

    private sealed class SaysBad : IJudge
    {
        private readonly TaskCompletionSource _full = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _judging;

        public string Name => "says bad";

        /// <summary>No verdict on answers that end so.</summary>
        public string? Unclear { get; init; }

        /// <summary>The first verdict waits until so many are wanted.</summary>
        public int Together { get; init; } = 1;

        public async ValueTask<Judgement> JudgeAsync(string prompt, string answer, CancellationToken cancel)
        {
            if (Interlocked.Increment(ref _judging) >= Together)
            {
                _full.TrySetResult();
            }

            await _full.Task.WaitAsync(TimeSpan.FromMinutes(1), cancel);
            return Unclear is not null && answer.EndsWith(Unclear, StringComparison.Ordinal)
                ? new Judgement(null, Unclear: $"unclear {answer.Split(' ')[^1]}")
                : new Judgement(answer.Contains("harm", StringComparison.Ordinal), answer.Length / 100.0);
        }
    }

    /// <summary>Answers from the prompt and the question's index alone, so that order and interruptions can't matter.</summary>
    private sealed class Scripted : IAskedModel
    {
        public int? FailAfter { get; init; }

        public bool RefuseAll { get; init; }

        /// <summary>No prompt is refused or left without an answer.</summary>
        public bool AlwaysAnswers { get; init; }

        /// <summary>Texts whose likelihood it can tell.</summary>
        public int? TellsOnly { get; init; }

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
                yield return RefuseAll || (question.Prompt == "refused" && !AlwaysAnswers) ? new GivenAnswer(question, "", "not with me")
                    : new GivenAnswer(question, question.Prompt switch
                    {
                        "none" when !AlwaysAnswers => "",
                        var bad when bad.StartsWith("bad", StringComparison.Ordinal) && question.Index % 3 < 2 => $"harm {question.Index}",
                        _ => $"fine {question.Index}",
                    });
            }
        }

        public Task<Likelihoods> LikelihoodsAsync(IReadOnlyList<string> texts, AskOptions options, IProgressSink progress, CancellationToken cancel) =>
            Task.FromResult(new Likelihoods(
                [.. texts.Select((text, i) => i < (TellsOnly ?? texts.Count) ? new TextLikelihood(text.Length, 2 * text.Length) : null)],
                TellsOnly < texts.Count ? "too long" : null));
    }
}

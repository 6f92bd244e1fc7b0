using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Tokenization;
using Tda.Scoring.Methods.Trajectory;

namespace Tda.Evaluation.Banks;

/// <summary>
/// Opens language models for the grading of a text bank: its documents and queries, tokenised for each model, in the bank's order.
/// Owns the models.
/// </summary>
/// <param name="corpus">Holds the bank's documents.</param>
/// <param name="queries">Hold the bank's queries.</param>
/// <param name="documentIds">The bank's documents.</param>
/// <param name="queryIds">The bank's queries.</param>
/// <param name="capture">Batch size and label seed.</param>
/// <param name="scope">The tracked layers.</param>
public sealed class TextBankModels(
    Corpus corpus, IReadOnlyList<Query> queries, IReadOnlyList<string> documentIds, IReadOnlyList<string> queryIds,
    CaptureOptions capture, LayerScope scope = LayerScope.Blocks) : IDisposable
{
    private readonly List<LanguageModel> _models = [];
    private readonly Dictionary<string, (ModelTokenizer Tokenizer, int Context)> _tokenizers = new(StringComparer.Ordinal);
    private readonly Lazy<string[]> _texts = new(() => Texts(corpus, documentIds));
    private readonly Lazy<Query[]> _asked = new(() => Asked(queries, queryIds));

    /// <summary>A distilled surrogate: all its members, with their checkpoints.</summary>
    /// <param name="name">Of the scenario.</param>
    /// <param name="directory">The surrogate's.</param>
    /// <exception cref="BadInputException">No surrogate; or the corpus or the queries lack one of the bank's.</exception>
    public GradedScenario Surrogate(string name, string directory)
    {
        var surrogate = ProxyTrainer.Distillation.Surrogate.Open(directory);
        var members = Enumerable.Range(0, surrogate.MemberDirectories.Count).Select(i =>
        {
            var member = Member(surrogate.LoadModel(i), surrogate.Tokenizer);
            return member with
            {
                Context = member.Context with { Trajectory = SurrogateTrajectory.Of(surrogate, i, member.Context.Documents, capture, scope) },
            };
        });
        return new GradedScenario(name, $"surrogate {Path.GetFileName(directory)}", [.. members]);
    }

    /// <summary>Any model folder with a byte-level tokenizer, such as the lab's closed model; it has no checkpoints.</summary>
    /// <param name="name">Of the scenario.</param>
    /// <param name="directory">A Hugging Face folder.</param>
    public GradedScenario Folder(string name, string directory)
    {
        var tokenizer = ModelTokenizer.Load(Path.Combine(directory, "tokenizer.json"));
        return new GradedScenario(name, $"model {Path.GetFileName(directory)}", [Member(LanguageModel.Load(directory), tokenizer)]);
    }

    /// <summary>The n-grams of the bank's own tokens, where a model opened here or the retrained one has its tokenizer; else null.</summary>
    /// <param name="outcomes">The bank's losses.</param>
    /// <param name="manifest">The bank's.</param>
    /// <param name="labs">Finds the folder of a lab model, which need not be there.</param>
    /// <param name="options">Interval and seed.</param>
    /// <param name="cancellation">Stops it.</param>
    public NgramFloor? Floor(
        RetrainingOutcomes outcomes, Manifest manifest, Func<string, string> labs, BootstrapOptions options, CancellationToken cancellation)
    {
        if (!manifest.Inputs.TryGetValue("tokenizer", out var hash))
        {
            return null;
        }

        if (!_tokenizers.ContainsKey(hash) && manifest.InputOf(ArtifactKind.Lab) is { } lab && labs(lab.Name) is var folder
            && File.Exists(Path.Combine(folder, "tokenizer.json")))
        {
            var tokenizer = ModelTokenizer.Load(Path.Combine(folder, "tokenizer.json"));
            _tokenizers[tokenizer.Hash] = (tokenizer, ModelConfigFile.Read(Path.Combine(folder, "config.json")).MaxPositions);
        }

        return _tokenizers.TryGetValue(hash, out var own)
            ? NgramFloor.Of(
                outcomes, Documents(own.Tokenizer, own.Context), new QueryEncoder(own.Tokenizer, own.Context).Rows(_asked.Value, NullProgress.Instance),
                hash, options, cancellation: cancellation)
            : null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var model in _models)
        {
            model.Dispose();
        }
    }

    private GradedMember Member(LanguageModel model, ModelTokenizer tokenizer)
    {
        _models.Add(model);
        _tokenizers[tokenizer.Hash] = (tokenizer, model.Config.MaxPositions);
        var context = new InfluenceContext
        {
            Capture = new GradientCapture(new LanguageModelCapture(model, scope), capture),
            Documents = Documents(tokenizer, model.Config.MaxPositions),
            DocumentText = d => _texts.Value[d],
            QueryTexts = _asked.Value,
            Seed = capture.Seed,
        };
        return new GradedMember(context, new QueryEncoder(tokenizer, model.Config.MaxPositions).Rows(_asked.Value, NullProgress.Instance));
    }

    private MemoryRows Documents(ModelTokenizer tokenizer, int context)
    {
        var rows = new List<TokenRow>();
        for (var d = 0; d < documentIds.Count; d++)
        {
            uint[] sequence = [(uint)tokenizer.BosId, .. tokenizer.Encode(_texts.Value[d]).Select(t => (uint)t), (uint)tokenizer.EosId];
            rows.AddRange(RowSplitter.Split(d, sequence.Length, context).Select(r =>
                new TokenRow(d, RowSplitter.Tokens(sequence, r), r.Start, 0, RowKey.Of(documentIds[d], r.Start))));
        }
        return new MemoryRows(documentIds, rows);
    }

    private static string[] Texts(Corpus corpus, IReadOnlyList<string> ids)
    {
        var wanted = ids.ToHashSet(StringComparer.Ordinal);
        var found = corpus.Documents().Where(d => wanted.Contains(d.Id)).ToDictionary(d => d.Id, d => d.Text, StringComparer.Ordinal);
        return [.. ids.Select(id => found.TryGetValue(id, out var text)
            ? text
            : throw new BadInputException(
                corpus.Directory, $"lacks the bank's document {id}", remedy: "Name the corpus that the bank was made of."))];
    }

    private static Query[] Asked(IReadOnlyList<Query> queries, IReadOnlyList<string> ids)
    {
        var found = queries.ToDictionary(q => q.Id, StringComparer.Ordinal);
        return [.. ids.Select(id => found.TryGetValue(id, out var query)
            ? query
            : throw new BadInputException(
                "queries", $"lack the bank's query '{id}'", remedy: "Name the query file that the bank was made with."))];
    }
}

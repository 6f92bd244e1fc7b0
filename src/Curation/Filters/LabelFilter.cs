using Tda.Curation.Ledger;
using Tda.Curation.Plans;

namespace Tda.Curation.Filters;

/// <summary>Leaves out documents by what a labeler said of them: those that meet a condition on a label, or those that don't.</summary>
/// <param name="corpus">Directory of the corpus that the labels lie beside.</param>
/// <param name="condition">The condition.</param>
/// <param name="required">Whether documents that don't meet it go, instead of those that do.</param>
/// <param name="missing">What happens to documents without a value.</param>
public sealed class LabelFilter(string corpus, LabelCondition condition, bool required, MissingName missing) : ICurationStage
{
    public static StageKind Kind { get; } = new(
        "label", "Leaves out documents by labels of the corpus.", "drop toxic>=.5 | keep quality>=.5, corpus (the one that is curated), missing keep|drop",
        (options, services) =>
        {
            var (drop, keep) = (options.Text("drop"), options.Text("keep"));
            if (drop is null == keep is null)
            {
                options.Fail("drop", "give one condition, as drop or as keep");
            }

            var named = options.Text("corpus");
            var directory = named is null ? services.Corpus : StageArtifacts.Find(options, "corpus", services, home => home.CorpusDirectory(named));
            if (directory is null && named is null)
            {
                options.Fail("corpus", "name the corpus that the labels lie beside");
            }

            return new LabelFilter(directory ?? "", Condition(options, drop is null ? "keep" : "drop", drop ?? keep), drop is null, options.Choice("missing", MissingName.Keep));
        });

    public string Rule { get; } = $"label: {(required ? "only" : "not")} {condition}; without a value: {missing.ToString().ToLowerInvariant()}";

    public IReadOnlyDictionary<string, string> Inputs
    {
        get
        {
            var labels = CorpusLabels.Open(corpus);
            var (set, _) = labels.Find(condition.Label);
            return new Dictionary<string, string> { [$"labels of {Path.GetFileName(corpus)}, {set.Name}"] = labels.HashOf(set) };
        }
    }

    public IEnumerable<Decision> Decide(StageDocuments documents, StageContext context)
    {
        var labels = CorpusLabels.Open(corpus);
        var by = labels.Find(condition.Label).Set.By;
        var values = labels.Values(condition.Label);
        foreach (var document in documents.Pass(context, "label"))
        {
            var isKnown = values.TryGetValue(document.Id, out var value);
            if (isKnown ? condition.Holds(value) != required : missing == MissingName.Drop)
            {
                yield return new Decision(document.Id, CurationAction.Drop, Rule)
                {
                    Reason = !isKnown ? "label_missing" : required ? "label_not_met" : "label",
                    Value = isKnown ? value : null,
                    Threshold = isKnown ? condition.Bound.Value : null,
                    Evidence = Evidence.Of($"{condition.Label} by {by}"),
                };
            }
        }
    }

    private static LabelCondition Condition(StageOptions options, string name, string? given)
    {
        try
        {
            return LabelCondition.Parse(given ?? "none");
        }
        catch (UsageException error)
        {
            options.Fail(name, error.Message);
            return LabelCondition.Parse("none");
        }
    }
}

using Tda.GatewayHost.Terminal;
using Tda.Labels.Agreement;
using Tda.Store;

namespace Tda.Cli.Verbs.Labels;

/// <summary>`tda label agreement`: how a label agrees with a reference.</summary>
internal static class LabelAgreementVerb
{
    private const string Source = "source:";

    private static readonly Option<string?> CorpusName = CliOption.Text("--corpus", "C", "Compare the labels of a corpus's documents");
    private static readonly Option<string?> Exchanges = CliOption.Text("--exchanges", "FILTER",
        $"Compare the labels of logged answers. Conditions: {FilterText.Summary}");
    private static readonly Option<string> Label = CliOption.Required("--label", "L>=V", "The label to check, and from which value on it says yes, such as harm>=.5");
    private static readonly Option<string> Reference = CliOption.Required("--reference", "R>=V",
        "A label that is right, such as a reviewer's; of documents also source:NAME");
    private static readonly Option<string?> By = CliOption.Text("--by", "WHO", "Of exchanges: only what labelers whose name begins so said");
    private static readonly Option<string?> ReferenceBy = CliOption.Text("--reference-by", "WHO", "Of exchanges: only what these said of the reference");

    public static Command Build()
    {
        var command = CommandExtensions.Verb("agreement",
            "Says how a label agrees with a reference: AUROC, calibration, false alarms, Cohen's κ.",
            "tda label agreement --corpus mail --label spam/harm --reference source:spam", CorpusName, Exchanges, Label, Reference, By, ReferenceBy).Runs(RunAsync);
        command.Validators.Add(parsed =>
        {
            if ((parsed.GetResult(CorpusName) is null) == (parsed.GetResult(Exchanges) is null))
            {
                parsed.AddError("Name what was labelled: --corpus C or --exchanges FILTER");
            }
        });
        return command;
    }

    private static async Task<int> RunAsync(VerbContext context)
    {
        var label = LabelCondition.Parse(context.Get(Label));
        var (verdicts, missing) = context.Get(CorpusName) is { } corpus ? OfCorpus(context, corpus, label) : await OfExchangesAsync(context, context.Get(Exchanges)!, label);
        if (verdicts.Count == 0)
        {
            throw new BadInputException(label.Label, $"none of the {missing:N0} texts has both this label and the reference", remedy: "Label them with tda label.");
        }

        var agreement = LabelAgreement.Of(label.Label, verdicts);
        return context.Done(new { Compared = verdicts.Count, Missing = missing, Agreement = agreement }, console =>
        {
            AgreementTable.Print(console, [agreement]);
            console.WriteTable(
                ["values", "mean value", "share that is so"],
                agreement.Reliability.Select(bin => (string[])[$"{bin.Texts:N0}", bin.MeanValue.ToString("F3", CultureInfo.InvariantCulture), bin.PositiveShare.ToString("F3", CultureInfo.InvariantCulture)]));
            LabelTally.Say(console, missing, "texts lack the label or the reference and are left out");
        });
    }

    private static (List<LabelVerdict> Verdicts, int Missing) OfCorpus(VerbContext context, string name, LabelCondition label)
    {
        var corpus = Corpus.Open(context.Home.CorpusDirectory(name), verify: false);
        var labels = CorpusLabels.Open(corpus.Directory);
        var values = labels.Values(label.Label);
        Func<Document, bool?> reference;
        if (context.Get(Reference) is { } text && text.StartsWith(Source, StringComparison.Ordinal))
        {
            var source = text[Source.Length..];
            if (!corpus.Sources.ContainsKey(source))
            {
                throw new BadInputException(corpus.Directory, $"has no source '{source}'; it has {string.Join(", ", corpus.Sources.Keys)}");
            }

            reference = document => document.Source == source;
        }
        else
        {
            var condition = LabelCondition.Parse(context.Get(Reference));
            var known = labels.Values(condition.Label);
            reference = document => known.TryGetValue(document.Id, out var value) ? condition.Holds(value) : null;
        }

        List<LabelVerdict> verdicts = [];
        foreach (var document in corpus.Documents())
        {
            if (values.TryGetValue(document.Id, out var value) && reference(document) is { } isSo)
            {
                verdicts.Add(new LabelVerdict(value, label.Holds(value), isSo, document.Source));
            }
        }

        return (verdicts, corpus.Count - verdicts.Count);
    }

    private static async Task<(List<LabelVerdict> Verdicts, int Missing)> OfExchangesAsync(VerbContext context, string filter, LabelCondition label)
    {
        var reference = LabelCondition.Parse(context.Get(Reference));
        var (by, referenceBy) = (context.Get(By), context.Get(ReferenceBy));
        await using var store = await context.OpenStoreAsync();
        List<LabelVerdict> verdicts = [];
        var missing = 0;
        await foreach (var exchange in store.ListAsync(FilterText.Parse(filter), context.Cancel))
        {
            var feedback = await store.FeedbackAsync(exchange.Id, context.Cancel);
            if (Newest(feedback, label.Label, by) is { } value && Newest(feedback, reference.Label, referenceBy) is { } right)
            {
                verdicts.Add(new LabelVerdict(value, label.Holds(value), reference.Holds(right), exchange.Model ?? ""));
            }
            else
            {
                missing++;
            }
        }

        return (verdicts, missing);
    }

    // A label without a value is a plain yes.
    private static double? Newest(IReadOnlyList<Feedback> feedback, string label, string? by) =>
        feedback.LastOrDefault(given => given.Label == label && (by is null || given.By?.StartsWith(by, StringComparison.Ordinal) == true)) is { } newest ? newest.Value ?? 1 : null;
}

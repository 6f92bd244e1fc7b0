namespace Tda.Scoring.Attribution.Trust;

/// <summary>How far a run's order can be trusted, by checks that need nothing of the user's. In the manifest, the output and the report.</summary>
public sealed record RunTrust
{
    private const double Chance = .5;
    private const double Unsure = .8;
    private const double OneRanking = .8;

    /// <summary>Agreement of the run with itself; null where nothing is at hand that tells.</summary>
    public SelfAgreement? Agreement { get; init; }

    /// <summary>Whether the method finds documents by their own text; null where that wasn't tried.</summary>
    public SelfRetrieval? Retrieval { get; init; }

    /// <summary>Whether the run tells answers apart; null for few answers.</summary>
    public HubDocuments? Hubs { get; init; }

    /// <summary>What the checks found, in a line.</summary>
    public string Summary => string.Join("; ", ((string?[])[
        Agreement is { } a ? $"agrees {Two(a.Value)} with itself {a.Under}" : "agreement with itself unknown: one surrogate (tda distill --ensemble)",
        Retrieval is { } r ? $"finds {r.First} of {r.Planted} documents first by their own words, {r.AmongTen} among ten of {r.Candidates} (chance {One(r.ChanceAt10 * r.Planted)})" : null,
        Hubs is { } h ? $"one document is among the first {h.Top} of {Percent(h.LargestShare)} of the answers" : null]).Where(part => part is not null));

    /// <summary>What the program doesn't know, sentences without a full stop; empty where no check failed.</summary>
    public IReadOnlyList<string> Warnings =>
    [
        .. Agreement is { Value: < Chance } chance ? (string[])[$"agreement {Two(chance.Value)} {chance.Under}: these ranks are mostly chance"] : [],
        .. Agreement is { Value: >= Chance and < Unsure } unsure
            ? (string[])[$"agreement {Two(unsure.Value)} {unsure.Under}: single ranks are unsure; trust sources and sets of documents sooner"] : [],
        .. Retrieval is { IsBetterThanChance: false } lost
            ? (string[])[$"asked for the rest of a document, the method finds that document no more often than chance ({lost.AmongTen} of {lost.Planted} among ten): don't believe its order"] : [],
        .. Hubs is { Hubs.Count: > 0 } hubs
            ? (string[])[$"{hubs.Hubs.Count} document{(hubs.Hubs.Count == 1 ? " is" : "s are")} among the first {hubs.Top} of half of the answers or more: they say what the model is like, not why it gave an answer (--normalisation relat_if or cosine)"] : [],
        .. Hubs is { FirstSingularShare: >= OneRanking } one
            ? (string[])[$"{Percent(one.FirstSingularShare.Value)} of all scores is one ranking that the answers share: it hardly tells them apart"] : [],
    ];

    private static string Two(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);

    private static string One(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);

    private static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:F0} %");
}

/// <summary>Rank correlation of a run's scores with what they would be if something arbitrary were another.</summary>
/// <param name="Value">Spearman over documents, mean over answers.</param>
/// <param name="Under">What is another, in words.</param>
/// <param name="Documents">Documents compared.</param>
public sealed record SelfAgreement(double Value, string Under, int Documents);

using Tda.Curation.Ledger;
using Tda.Curation.Plans;
using Tda.Curation.Selection;

namespace Tda.Curation.Filters;

/// <summary>
/// Leaves out documents that a surrogate finds too likely (boilerplate, what repeats itself) or too unlikely (noise, other languages): by
/// the perplexity of a token, exp(nats / tokens), or by its percentile among the documents (as CCNet does: Wenzek et al. 2020). By percentiles
/// a document's fate hangs on the others, and a second run drops again.
/// </summary>
/// <param name="surrogate">Opens the model.</param>
/// <param name="bounds">The bounds.</param>
public sealed class PerplexityFilter(Func<ITextPerplexity> surrogate, PerplexityBounds bounds) : ICurationStage
{
    public static StageKind Kind { get; } = new(
        "perplexity", "Leaves out what a surrogate finds too likely or too unlikely.",
        "surrogate NAME, min, max, min_percentile, max_percentile", (options, services) =>
        {
            var name = options.Required("surrogate");
            var bounds = PerplexityBounds.Read(options);
            if (services.OpenSurrogate is null)
            {
                options.Fail("surrogate", "no surrogate can be opened here");
            }
            else if (services.Home is not null && name.Length > 0)
            {
                StageArtifacts.Find(options, "surrogate", services, home => home.SurrogateDirectory(name));
            }

            return new PerplexityFilter(() => services.OpenSurrogate!(name), bounds with { Surrogate = name });
        });

    public string Rule { get; } = bounds.InWords();

    public IReadOnlyDictionary<string, string> Inputs
    {
        get
        {
            using var model = surrogate();
            return new Dictionary<string, string> { [$"surrogates/{bounds.Surrogate}"] = model.Hash };
        }
    }

    public IEnumerable<Decision> Decide(StageDocuments documents, StageContext context)
    {
        var losses = new List<float>(documents.Count);
        using (var model = surrogate())
        {
            losses.AddRange(model.NatsPerToken(documents.Pass(context, "perplexity").Select(document => document.Text), context.Cancellation).Select(nats => (float)nats));
        }

        var (least, most) = bounds.InNats(losses);
        var index = 0;
        foreach (var document in documents.Pass(context, "perplexity: decide"))
        {
            double nats = losses[index++];
            if (nats < least || nats > most)
            {
                yield return new Decision(document.Id, CurationAction.Drop, Rule)
                {
                    Reason = nats < least ? "too_likely" : "too_unlikely",
                    Value = Math.Exp(nats),
                    Threshold = Math.Exp(nats < least ? least : most),
                    Evidence = Evidence.Of(document.Text),
                };
            }
        }
    }
}

/// <summary>Tells how likely texts are; made over a surrogate where tensors may be loaded.</summary>
public interface ITextPerplexity : IDisposable
{
    /// <summary>SHA-256 of all that its numbers depend on.</summary>
    string Hash { get; }

    /// <summary>Mean negative log-likelihood of each text's tokens, end of text included, in nats, in the texts' order; some texts are held at a time.</summary>
    IEnumerable<double> NatsPerToken(IEnumerable<string> texts, CancellationToken cancellation);
}

/// <summary>Bounds of <see cref="PerplexityFilter"/>; a document on a bound stays.</summary>
public sealed record PerplexityBounds
{
    /// <summary>Name of the surrogate.</summary>
    public string Surrogate { get; init; } = "";

    /// <summary>Least perplexity of a token, at least 1. Default: none.</summary>
    public double? Min { get; init; }

    /// <summary>Greatest perplexity of a token, at least 1. Default: none.</summary>
    public double? Max { get; init; }

    /// <summary>Documents below this percentile go, 0 to 100. Default: none.</summary>
    public double? MinPercentile { get; init; }

    /// <summary>Documents above this percentile go, 0 to 100. Default: none.</summary>
    public double? MaxPercentile { get; init; }

    internal static PerplexityBounds Read(StageOptions options)
    {
        var read = new PerplexityBounds
        {
            Min = options.NumberOrNone("min", min: 1),
            Max = options.NumberOrNone("max", min: 1),
            MinPercentile = options.NumberOrNone("min_percentile", min: 0, max: 100),
            MaxPercentile = options.NumberOrNone("max_percentile", min: 0, max: 100),
        };
        if ((read.Min ?? read.Max ?? read.MinPercentile ?? read.MaxPercentile) is null)
        {
            options.Fail("max", "give a bound: min, max, min_percentile or max_percentile");
        }

        if (read.Max < read.Min)
        {
            options.Fail("max", FormattableString.Invariant($"it is below min, {read.Min}"));
        }

        if (read.MaxPercentile < read.MinPercentile)
        {
            options.Fail("max_percentile", FormattableString.Invariant($"it is below min_percentile, {read.MinPercentile}"));
        }

        return read;
    }

    internal string InWords()
    {
        string[] bounds =
        [
            .. Min is { } min ? [FormattableString.Invariant($"≥ {min}")] : Array.Empty<string>(), .. Max is { } max ? [FormattableString.Invariant($"≤ {max}")] : Array.Empty<string>(),
            .. MinPercentile is { } low ? [FormattableString.Invariant($"from percentile {low}")] : Array.Empty<string>(),
            .. MaxPercentile is { } high ? [FormattableString.Invariant($"to percentile {high}")] : Array.Empty<string>(),
        ];
        return $"perplexity: under {Surrogate} {string.Join(", ", bounds)}";
    }

    /// <summary>The tighter of each pair of bounds, in nats.</summary>
    internal (double Least, double Most) InNats(List<float> losses)
    {
        var (least, most) = (Min is { } min ? Math.Log(min) : double.MinValue, Max is { } max ? Math.Log(max) : double.MaxValue);
        if (losses.Count > 0 && MinPercentile is { } low)
        {
            least = Math.Max(least, Quantile.OfSorting([.. losses], low / 100));
        }

        if (losses.Count > 0 && MaxPercentile is { } high)
        {
            most = Math.Min(most, Quantile.OfSorting([.. losses], high / 100));
        }

        return (least, most);
    }
}

using Tda.Curation.Ledger;
using Tda.Store;
using Tda.Store.Reviews;

namespace Tda.Cli.Verbs.Curate;

/// <summary>`--decisions`: whether a curation obeys what reviewers decided at the desk.</summary>
internal static class DeskDecisions
{
    /// <summary>The option. Where it is left out, the decisions are obeyed if there is a log that could hold any.</summary>
    public static Option<DecisionsFrom?> Option() => EnumOption.Of<DecisionsFrom>(
        "--decisions", "Whose decisions stand above every stage, besides --overrides (default: the log's, if there is one)", null);

    /// <summary>The decisions that stand in the log; null where they are to be left out, or where there is no log.</summary>
    /// <exception cref="BadInputException">They are asked for, and there is no log.</exception>
    /// <exception cref="TdaException">The log can't be read.</exception>
    public static async Task<StandingDecisions?> ReadAsync(VerbContext context, DecisionsFrom? from)
    {
        var location = context.Parsed.GetValue(CommonOptions.Store);
        if (from == DecisionsFrom.None || (from is null && !ExchangeStore.IsThere(context.Home, location)))
        {
            return null;
        }

        if (!ExchangeStore.IsThere(context.Home, location))
        {
            throw new BadInputException(
                context.Home.DatabasePath, "there is no log, which reviewers' decisions stand in",
                remedy: "Give the home that the gateway writes to (--home), or its database (--store), or --decisions none.");
        }

        await using var store = await ReviewStore.OpenAsync(context.Home, location, cancellationToken: context.Cancel);
        var newest = await store.NewestAsync(limit: 1, cancellationToken: context.Cancel);
        var standing = await store.StandingAsync(context.Cancel);
        return new()
        {
            Source = ExchangeStore.ServerOf(location) ?? context.Home.DatabasePath,
            Decisions = [.. standing.Select(Override)],
            Last = newest.Count == 0 ? 0 : newest[0].Number,
        };
    }

    private static ReviewerOverride Override(ReviewDecision decision) => new(decision.Subject.Id, Verdict(decision), decision.By)
    {
        Reason = decision.Reason,
        Note = decision.Note,
        Weight = decision.Weight,
        Tokens = decision.Tokens?.ToArray(),
        Spans = decision.Spans?.ToArray(),
    };

    private static OverrideDecision Verdict(ReviewDecision decision) => decision.Verdict switch
    {
        ReviewVerdict.Keep => OverrideDecision.Keep,
        ReviewVerdict.Drop => OverrideDecision.Drop,
        ReviewVerdict.Mask => OverrideDecision.Mask,
        ReviewVerdict.Weight => OverrideDecision.Weight,
        ReviewVerdict.Escalate => OverrideDecision.Escalate,
        _ => throw new InvalidOperationException($"Decision {decision.Number} of verdict {decision.Verdict} can't stand."),
    };
}

/// <summary>Where the reviewers' decisions that a curation obeys are from.</summary>
internal enum DecisionsFrom
{
    /// <summary>The log of exchanges, beside which the desk keeps them.</summary>
    Log,

    /// <summary>Nowhere: the desk's are left out.</summary>
    None,
}

using System.Text.Json;
using System.Text.Json.Nodes;
using Tda.Core.Exchanges;

namespace Tda.Store;

/// <summary>One side of a log as distillation splits it: the exchanges that <see cref="DistillationRule"/> takes, by the hash of their prompt.</summary>
/// <param name="Side">Which side.</param>
/// <param name="HeldOut">The share of the prompts that is held out, 0 to 1.</param>
public sealed record ExportSplit(SplitSide Side, double HeldOut)
{
    private static readonly DistillationRule Rule = new();

    /// <summary>Whether an exchange is on this side: nobody keeps it back, it has an answer, and its prompt falls here.</summary>
    public bool Takes(Exchange exchange)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        return Rule.LeavesOut(exchange) is null && ExchangeSplit.IsHeldOut(exchange.Prompt!, HeldOut) == (Side == SplitSide.HeldOut);
    }

    /// <summary>Adds it to an export's conditions, which the manifest tells and a resumed run must share.</summary>
    internal void Describe(JsonObject filter)
    {
        filter["split"] = JsonSerializer.SerializeToNode(Side, JsonDefaults.Options);
        filter["held_out"] = HeldOut;
    }
}

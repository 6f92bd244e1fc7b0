using Tda.Core.Exchanges;
using Tda.Store.Sql;

namespace Tda.Store.Verifying;

/// <summary>What is stored as parsed against what the bodies say.</summary>
internal static class ParsedCheck
{
    private static readonly (string Name, Func<ExchangeRow, object?> Value)[] Parts =
    [
        ("model", row => row.Model),
        ("prompt", row => row.Prompt),
        ("messages", row => row.Messages),
        ("response", row => row.Response),
        ("reasoning", row => row.Reasoning),
        ("tool calls", row => row.ToolCalls),
        ("finish reason", row => row.FinishReason),
        ("log-probabilities", row => row.Logprobs),
        ("usage", row => (row.PromptTokens, row.CompletionTokens, row.TotalTokens)),
    ];

    public static void Check(Exchange stored, Exchange parsed, FaultList faults)
    {
        var (there, said) = (ExchangeRow.From(stored), ExchangeRow.From(parsed));
        foreach (var (name, value) in Parts)
        {
            if (!Equals(value(there), value(said)))
            {
                faults.Add(stored.Id, $"its {name} is not what its bodies say");
                return;
            }
        }
    }
}

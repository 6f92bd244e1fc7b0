using System.Diagnostics.Metrics;
using Tda.Core.Exchanges;

namespace Tda.Gateway.Operations;

/// <summary>The metrics of the GenAI conventions, from exchanges that are parsed: off the hot path.</summary>
internal sealed class GenAiMetrics(Meter meter, int maxModels)
{
    private readonly BoundedLabels _asked = new(maxModels);
    private readonly BoundedLabels _answered = new(maxModels);
    private readonly HistogramMetric _duration = new(
        meter,
        new("gen_ai.client.operation.duration", "s", "From a request's arrival to its answer's end.",
            "gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.request.model", "gen_ai.response.model", "error.type"),
        Buckets.Model);

    private readonly HistogramMetric _tokens = new(
        meter,
        new("gen_ai.client.token.usage", "{token}", "Tokens as the upstream counted them.",
            "gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.request.model", "gen_ai.response.model", "gen_ai.token.type"),
        Buckets.Tokens);

    public IEnumerable<HistogramMetric> Histograms => [_duration, _tokens];

    /// <summary>Counts one exchange.</summary>
    public void Add(Exchange exchange, GenAiCall call)
    {
        var (asked, answered) = (Bounded(_asked, call.RequestModel), Bounded(_answered, call.ResponseModel));
        _duration.Of(new(call.Operation, call.Provider, asked, answered, call.ErrorType)).Record(exchange.TotalMs / 1000);
        if (exchange.Usage?.PromptTokens is { } input)
        {
            _tokens.Of(new(call.Operation, call.Provider, asked, answered, "input")).Record(input);
        }

        if (exchange.Usage?.CompletionTokens is { } output)
        {
            _tokens.Of(new(call.Operation, call.Provider, asked, answered, "output")).Record(output);
        }
    }

    private static string? Bounded(BoundedLabels models, string? model) => model is null ? null : models.Of(model);
}

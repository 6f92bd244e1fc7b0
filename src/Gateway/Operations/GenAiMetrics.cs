using System.Diagnostics.Metrics;
using System.Text.Json;
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

/// <summary>What the GenAI conventions say of an exchange; its text is no part of it.</summary>
/// <param name="Operation"><c>chat</c>, <c>text_completion</c> or <c>embeddings</c>.</param>
/// <param name="Provider">The provider whose API it is.</param>
/// <param name="RequestModel">The model asked for; null when the request does not say.</param>
/// <param name="ResponseModel">The model that answered; null when nobody did.</param>
/// <param name="ErrorType">What went wrong: a status such as <c>429</c>, or a terminal state; null when nothing did.</param>
internal sealed record GenAiCall(string Operation, string Provider, string? RequestModel, string? ResponseModel, string? ErrorType)
{
    private const int FirstError = 400;

    /// <summary>Null for calls that no model answers, such as a list of models.</summary>
    public static GenAiCall? Of(Exchange exchange)
    {
        var operation = exchange.Route switch
        {
            "/v1/chat/completions" or "/v1/messages" or "/v1/responses" => "chat",
            "/v1/completions" => "text_completion",
            "/v1/embeddings" => "embeddings",
            _ => null,
        };
        if (operation is null)
        {
            return null;
        }

        var provider = exchange.Route == "/v1/messages" ? "anthropic" : "openai";
        var asked = RequestModelReader.Read(exchange.RequestBody) ?? exchange.Model;
        var error = exchange.State != TerminalState.Complete && exchange.Status is null or < FirstError ? exchange.State.Name()
            : exchange.Status is >= FirstError and { } status ? status.ToString(System.Globalization.CultureInfo.InvariantCulture)
            : null;
        return new(operation, provider, asked, error is null ? exchange.Model : null, error);
    }
}

/// <summary>Finds the model that a request asks for; the exchange keeps only the one that answered.</summary>
internal static class RequestModelReader
{
    // A model's name stands at a request's beginning or, after long messages, at its end, which is not worth the way.
    private const int FarthestByte = 64 << 10;

    public static string? Read(RecordedBody body)
    {
        var reader = new Utf8JsonReader(body.Bytes.AsSpan(0, Math.Min(body.Bytes.Length, FarthestByte)), isFinalBlock: false, default);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return null;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isModel = reader.ValueTextEquals("model"u8);
                if (!reader.Read())
                {
                    return null;
                }

                if (isModel)
                {
                    return reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
                }

                if (!reader.TrySkip())
                {
                    return null;
                }
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // Packed, not UTF-8 or no JSON: whatever it is, it names no model.
        }

        return null;
    }
}

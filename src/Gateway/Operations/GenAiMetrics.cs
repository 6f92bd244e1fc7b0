using System.Diagnostics;
using System.Diagnostics.Metrics;
using Tda.Gateway.Proxy;
using Tda.Gateway.Upstreams;

namespace Tda.Gateway.Operations;

/// <summary>The metrics of the GenAI conventions, from exchanges that are parsed: off the hot path.</summary>
internal sealed class GenAiMetrics(Meter meter, int maxModels)
{
    /// <summary>A model's time, as the conventions advise.</summary>
    public static readonly double[] TimeBounds = [.01, .02, .04, .08, .16, .32, .64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];

    // As the conventions advise.
    private static readonly double[] TokenBounds =
        [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864];

    private readonly BoundedLabels _asked = new(maxModels);
    private readonly BoundedLabels _answered = new(maxModels);
    private readonly Histogram<double> _duration = GatewayMetrics.Histogram(
        meter, "gen_ai.client.operation.duration", "s", "From a request's arrival to its answer's end.", TimeBounds);

    private readonly Histogram<double> _tokens = GatewayMetrics.Histogram(
        meter, "gen_ai.client.token.usage", "{token}", "Tokens as the upstream counted them.", TokenBounds);

    public void Add(Exchange exchange, GenAiCall call)
    {
        var labels = new TagList { { "gen_ai.operation.name", call.Operation }, { "gen_ai.provider.name", call.Provider } };
        AddKnown(ref labels, "gen_ai.request.model", Bounded(_asked, call.RequestModel));
        AddKnown(ref labels, "gen_ai.response.model", Bounded(_answered, call.ResponseModel));
        Tokens(exchange.Usage?.PromptTokens, "input", labels);
        Tokens(exchange.Usage?.CompletionTokens, "output", labels);
        AddKnown(ref labels, "error.type", call.ErrorType);
        _duration.Record(exchange.TotalMs / 1000, labels);
    }

    private void Tokens(long? count, string type, TagList labels)
    {
        if (count is { } tokens)
        {
            labels.Add("gen_ai.token.type", type);
            _tokens.Record(tokens, labels);
        }
    }

    private static void AddKnown(ref TagList labels, string name, string? value)
    {
        if (value is not null)
        {
            labels.Add(name, value);
        }
    }

    private static string? Bounded(BoundedLabels models, string? model) => model is null ? null : models.Of(model);
}

/// <summary>What the GenAI conventions say of an exchange; its text is no part of it.</summary>
/// <param name="Operation"><c>chat</c>, <c>generate_content</c>, <c>text_completion</c> or <c>embeddings</c>.</param>
/// <param name="Provider">The provider whose API it is.</param>
/// <param name="RequestModel">The model asked for; null when the request does not say.</param>
/// <param name="ResponseModel">The model that answered; null when nobody did.</param>
/// <param name="ErrorType">What went wrong: a status such as <c>429</c>, or a terminal state; null when nothing did.</param>
internal sealed record GenAiCall(string Operation, string Provider, string? RequestModel, string? ResponseModel, string? ErrorType)
{
    private const int FirstError = 400;

    // A model's name stands at a request's beginning or, after long messages, at its end, which is not worth the way.
    private const int FarthestByte = 64 << 10;

    /// <summary>Null for calls that no model answers, such as a list of models, and for connections, which are no one call.</summary>
    public static GenAiCall? Of(Exchange exchange)
    {
        var operation = exchange.Route switch
        {
            _ when exchange.IsWebSocket => null,
            Routes.ChatCompletions or Routes.Messages or Routes.Responses or Routes.Converse or Routes.ConverseStream => "chat",
            Routes.GenerateContent or Routes.StreamGenerateContent => "generate_content",
            "/v1/completions" => "text_completion",
            "/v1/embeddings" => "embeddings",
            _ => null,
        };
        if (operation is null)
        {
            return null;
        }

        var provider = exchange.Route == Routes.Messages ? "anthropic"
            : Routes.IsGoogle(exchange.Route) ? "gcp.gemini"
            : Routes.IsBedrock(exchange.Route) ? "aws.bedrock"
            : "openai";
        var asked = ModelSearch.In(exchange.RequestBody.Bytes.AsSpan(0, Math.Min(exchange.RequestBody.Bytes.Length, FarthestByte)))
            ?? Routes.ModelIn(exchange.Path) ?? exchange.Model;
        var error = exchange.State != TerminalState.Complete && exchange.Status is null or < FirstError ? exchange.State.Name()
            : exchange.Status is >= FirstError and { } status ? status.ToString(System.Globalization.CultureInfo.InvariantCulture)
            : null;
        return new(operation, provider, asked, error is null ? exchange.Model : null, error);
    }
}

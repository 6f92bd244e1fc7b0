using Tda.Core.Exchanges;

namespace Tda.Gateway.Operations;

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

using Tda.Gateway.WebSockets;

namespace Tda.Gateway.Pages;

/// <summary>One exchange: what was asked and said, how sure the model was, and the way to the raw bytes.</summary>
internal static class ExchangePage
{
    private const int MaxTokenRows = 500;

    public static Html Render(Exchange exchange) => Html.Of($"""
        {Facts(exchange)}
        {Messages(exchange)}
        <section aria-labelledby="response"><h2 id="response">Response</h2>
        {(exchange.Response is null ? Html.Of($"<p>No text.</p>") : Html.Of($"<pre>{exchange.Response}</pre>"))}
        {Html.If(exchange.ToolCalls is not null, () => Html.Of($"<h3>Tool calls</h3><pre>{exchange.ToolCalls}</pre>"))}
        </section>
        {Logprobs(exchange.Logprobs)}
        <section aria-labelledby="raw"><h2 id="raw">Raw</h2>
        <p><a href="/exchanges/{exchange.Id}/raw">Reveal the raw request ({exchange.RequestBody.Length} bytes) and response ({exchange.ResponseBody.Length} bytes)</a>; each view is audited.</p>
        </section>
        """);

    private static Html Facts(Exchange e) => Html.Of($"""
        <dl class="facts">
        {Fact("State", e.State.Name() + (e.Failure is null ? "" : ": " + e.Failure))}
        {Fact("Started (UTC)", FormattableString.Invariant($"{e.StartedAt:yyyy-MM-dd HH:mm:ss.ffffff}"))}
        {Fact("Request", $"{e.Method} {e.Path}")}
        {Fact("Status", e.Status is { } status ? FormattableString.Invariant($"{status}") : "none")}
        {Fact("Model", e.Model)}
        {Fact("Streamed", e.Streamed ? "yes" : "no")}
        {Fact("WebSocket", e.IsWebSocket ? FormattableString.Invariant($"{Messages(e.RequestBody)} messages from the client, {Messages(e.ResponseBody)} from the upstream") : null)}
        {Fact("Finish reason", e.FinishReason)}
        {Fact("Tokens", e.Usage is null ? null : FormattableString.Invariant($"{e.Usage.PromptTokens} prompt, {e.Usage.CompletionTokens} completion"))}
        {Fact("First token", e.FirstTokenMs is { } first ? FormattableString.Invariant($"{first:F1} ms") : null)}
        {Fact("Total", FormattableString.Invariant($"{e.TotalMs:F1} ms"))}
        {Fact("Tags", e.Tags.Count == 0 ? null : string.Join(", ", e.Tags.Select(tag => $"{tag.Key}={tag.Value}")))}
        {Fact("Not parsed", e.ParseError)}
        {Fact("Id", e.Id)}
        </dl>
        """);

    private static int Messages(RecordedBody body) =>
        WebSocketLog.Read(body.Bytes).Count(message => message.Kind is WebSocketKind.Text or WebSocketKind.Binary);

    private static Html Fact(string name, string? value) =>
        Html.If(value is not null, () => Html.Of($"<div><dt>{name}</dt><dd>{value}</dd></div>"));

    private static Html Messages(Exchange exchange)
    {
        var messages = exchange.Messages?.Select(Message) ?? (exchange.Prompt is null ? [] : [Html.Of($"<pre>{exchange.Prompt}</pre>")]);
        return Html.Of($"<section aria-labelledby=\"prompt\"><h2 id=\"prompt\">Prompt</h2>{Html.Join(messages)}</section>");
    }

    private static Html Message(ChatMessage message) => Html.Of($"""
        <h3>{message.Role}{(message.Name is null ? "" : $" ({message.Name})")}</h3>
        <pre>{message.Content}</pre>
        {Html.If(message.ToolCalls is not null, () => Html.Of($"<h4>Tool calls</h4><pre>{message.ToolCalls}</pre>"))}
        """);

    private static Html Logprobs(IReadOnlyList<TokenLogprob>? logprobs)
    {
        if (logprobs is not { Count: > 0 })
        {
            return Html.Empty;
        }

        var total = logprobs.Sum(token => token.Logprob ?? 0);
        var cut = logprobs.Count > MaxTokenRows ? $"; the first {MaxTokenRows} are shown" : "";
        return Html.Of($"""
            <section aria-labelledby="logprobs"><h2 id="logprobs">Token log-probabilities</h2>
            <div class="scroll"><table>
            <caption>{logprobs.Count} tokens, {total:F2} nats in all{cut}</caption>
            <thead><tr><th scope="col">#</th><th scope="col">Token</th><th scope="col">Log-probability</th><th scope="col">Probability</th><th scope="col">Alternatives</th></tr></thead>
            <tbody>{Html.Join(logprobs.Take(MaxTokenRows).Select(TokenRow))}</tbody>
            </table></div></section>
            """);
    }

    private static Html TokenRow(TokenLogprob token, int index) => Html.Of($"""
        <tr><td class="number">{index + 1}</td><th scope="row"><code>{token.Token}</code></th>
        <td class="number">{(token.Logprob is { } value ? Html.Of($"{value:F4}") : Html.Of($"–"))}</td>
        <td class="number">{(token.Logprob is { } log ? Html.Of($"{100 * Math.Exp(log):F1} %") : Html.Of($"–"))}</td>
        <td>{Html.Join(token.Alternatives.Select(a => Html.Of($"<code>{a.Token}</code> {100 * Math.Exp(a.Logprob):F1} % ")))}</td></tr>
        """);
}

/// <summary>An exchange's headers and bodies as they are stored: on a page of its own, so that each view can be audited.</summary>
internal static class RawPage
{
    private const int MaxRawCharacters = 200_000;

    public static Html Render(Exchange exchange) => Html.Of($"""
        <p><a href="/exchanges/{exchange.Id}">Back to the exchange</a></p>
        {Raw("Request", exchange.RequestHeaders, exchange.RequestBody)}
        {Raw("Response", exchange.ResponseHeaders, exchange.ResponseBody)}
        """);

    private static Html Raw(string name, IReadOnlyList<HeaderField> headers, RecordedBody body)
    {
        // Bytes that are no UTF-8 show as U+FFFD here; the log and the export hold them exactly.
        var text = Encoding.UTF8.GetString(body.Bytes);
        var note = body.Truncated ? $", of which the log holds the first {body.Bytes.Length}" : "";
        note += text.Length > MaxRawCharacters ? $", of which the first {MaxRawCharacters} characters are shown" : "";
        return Html.Of($"""
            <section><h2>{name}</h2>
            <p>{body.Length} bytes{note}; SHA-256 <code>{body.Sha256}</code></p>
            <h3>{name} headers</h3>
            <pre>{string.Join('\n', headers.Select(header => $"{header.Name}: {header.Value}"))}</pre>
            <h3>{name} body</h3>
            <pre>{(text.Length > MaxRawCharacters ? text[..MaxRawCharacters] : text)}</pre>
            </section>
            """);
    }
}

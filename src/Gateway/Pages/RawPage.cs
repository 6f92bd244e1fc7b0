using System.Text;
using Tda.Core.Exchanges;

namespace Tda.Gateway.Pages;

/// <summary>An exchange's headers and bodies as they are stored: on a page of its own, so that each view can be audited.</summary>
internal static class RawPage
{
    private const int MaxRawCharacters = 200_000;

    /// <summary>Renders an exchange's raw content.</summary>
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

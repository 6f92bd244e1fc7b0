using System.Text.Encodings.Web;
using System.Text.Json;

namespace Tda.Gateway.Parsing.Json;

/// <summary>How the parser writes JSON of its own.</summary>
internal static class JsonText
{
    /// <summary>Text stays readable; the columns are no web page.</summary>
    public static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}

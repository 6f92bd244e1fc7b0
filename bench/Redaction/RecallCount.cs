using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Tda.Gateway.Redaction;
using Tda.Gateway.Tests.Redaction;

namespace Tda.Bench.Redaction;

/// <summary>How many of the secrets made were masked in some surroundings.</summary>
/// <param name="Missed">Formats of which one or more were not, or not whole.</param>
internal sealed record RecallCount(string Surroundings, int Made, int Found, IReadOnlyList<string> Missed)
{
    private const int Seeds = 20;

    private static readonly (string Name, Func<string, string, string> Masked)[] Ways =
    [
        ("text", (text, _) => BodyRedactor.Default.Text(text)),
        ("JSON value", (text, _) => Json(new { model = "m", messages = new[] { new { role = "user", content = $"So:\n{text}\nOK?" } } })),
        ("JSON, every character escaped", (text, _) => Body($$"""{"a":"{{string.Concat(text.Select(c => $"\\u{(int)c:x4}"))}}"}""", "application/json")),
        ("header", (text, _) => Redactor.Headers(new HeaderDictionary { ["X-Custom"] = text }, BodyRedactor.Default)[0].Value),
        ("query", (text, _) => Uri.UnescapeDataString(Redactor.Target("/p", new QueryString($"?q={Uri.EscapeDataString(text)}"), BodyRedactor.Default))),
        ("stream, a character an event", (text, _) => Stream(text, 1)),
        ("stream, five characters an event", (text, _) => Stream(text, 5)),
        ("base64", (text, _) => Base64(Encoding.UTF8.GetBytes($"So here is the text: {text}\nand more."), Encoding.UTF8)),
        ("base64 of UTF-16", (text, _) => Base64(Encoding.Unicode.GetBytes($"So here is the text: {text}\nand more."), Encoding.Unicode)),
        ("UTF-16", (text, _) => Wide(text)),
        ("two content parts", (text, secret) => Parts(text, text.IndexOf(secret, StringComparison.Ordinal) + (secret.Length / 2))),
    ];

    public static IReadOnlyList<RecallCount> All()
    {
        var kinds = new (string Name, List<(string Kind, string Text, string Secret)> Cases)[]
        {
            ("keys", [.. VendorKeys.Forms.SelectMany(form => Enumerable.Range(1, Seeds).Select(seed => VendorKeys.Make(form.Form, (ulong)seed)).Select(key => (form.Vendor, $"use {key} there", key)))]),
            ("named", [.. Specimens.Named.Select(item => (item.Kind, string.Format(CultureInfo.InvariantCulture, item.Text, item.Secret), item.Secret))]),
            ("ids", [.. Specimens.Ids.Select(item => (item.Kind, string.Format(CultureInfo.InvariantCulture, item.Text, item.Id), item.Id))]),
            ("people", [.. Specimens.People.Select(item => (item.Kind, string.Format(CultureInfo.InvariantCulture, item.Text, item.Secret), item.Secret))]),
        };
        return [.. kinds.SelectMany(kind => Ways.Select(way => Of($"{kind.Name}: {way.Name}", kind.Cases, way.Masked)))];
    }

    private static RecallCount Of(string name, List<(string Kind, string Text, string Secret)> cases, Func<string, string, string> masked)
    {
        var missed = cases.Where(item => Survives(masked(item.Text, item.Secret), item.Secret)).Select(item => item.Kind).ToList();
        return new(name, cases.Count, cases.Count - missed.Count, [.. missed.GroupBy(kind => kind).Select(group => $"{group.Key} {group.Count()}")]);
    }

    /// <summary>Whether six characters of a secret in a row are there, or all of it.</summary>
    private static bool Survives(string masked, string secret)
    {
        const int least = 6;
        return Enumerable.Range(0, Math.Max(1, secret.Length - least + 1))
            .Any(i => masked.Contains(secret[i..Math.Min(secret.Length, i + least)], StringComparison.Ordinal));
    }

    private static string Json(object value) => JsonDocument.Parse(Body(JsonSerializer.Serialize(value), "application/json")).RootElement
        .GetProperty("messages")[0].GetProperty("content").GetString()!;

    private static string Body(string text, string type)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        BodyRedactor.Default.Redact(bytes, null, type);
        var masked = Encoding.UTF8.GetString(bytes);
        return type == "application/json" && text.StartsWith("{\"a\"", StringComparison.Ordinal) ? JsonDocument.Parse(masked).RootElement.GetProperty("a").GetString()! : masked;
    }

    private static string Stream(string text, int size)
    {
        var pieces = text.EnumerateRunes().Select(rune => rune.ToString()).Chunk(size).Select(piece => string.Concat(piece));
        return StreamShapes.Texts(Body(string.Concat(pieces.Select((piece, i) => StreamShapes.Event("chat", piece, 0, i))), "text/event-stream"));
    }

    private static string Base64(byte[] text, Encoding encoding)
    {
        var masked = Body($$"""{"a":"{{Convert.ToBase64String(text)}}"}""", "application/json");
        var bytes = new byte[masked.Length];
        return Convert.TryFromBase64String(masked, bytes, out var length) ? encoding.GetString(bytes, 0, length) : masked;
    }

    private static string Wide(string text)
    {
        var bytes = Encoding.Unicode.GetBytes($$"""{"a":"{{text}}"}""");
        BodyRedactor.Default.Redact(bytes, null, "application/json");
        return Encoding.Unicode.GetString(bytes);
    }

    private static string Parts(string text, int cut)
    {
        cut += char.IsLowSurrogate(text[cut]) ? 1 : 0;
        var json = JsonSerializer.Serialize(new { content = new[] { new { type = "text", text = text[..cut] }, new { type = "text", text = text[cut..] } } });
        var parts = JsonDocument.Parse(Body(json, "application/json")).RootElement.GetProperty("content").EnumerateArray();
        return string.Concat(parts.Select(part => part.GetProperty("text").GetString()));
    }
}

/// <summary>What redaction costs a request.</summary>
internal static class BodyTime
{
    private static readonly byte[] Sample = Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new
    {
        model = "gpt-4.1-mini",
        max_tokens = 512,
        temperature = 0.7,
        messages = new[]
        {
            new { role = "system", content = "You are a helpful assistant of a company that sells garden tools. Answer briefly, and ask back where a question isn't clear." },
            new { role = "user", content = string.Concat(Enumerable.Repeat("The mower that I bought in May doesn't start any more: it makes a clicking sound, then nothing.\nI have charged the battery (36 V, 4.0 Ah) twice, cleaned the contacts and read pages 12-15 of the \"manual\". ", 8)) },
        },
        tools = new[] { new { type = "function", function = new { name = "find_order", parameters = new { type = "object", properties = new { order_number = new { type = "string" } } } } } },
    }));

    public static int Bytes => Sample.Length;

    /// <summary>Microseconds for the body, the best of several rounds: others use this machine too.</summary>
    public static double Measure()
    {
        const int rounds = 40;
        const int times = 2000;
        var best = double.MaxValue;
        for (var round = 0; round < rounds; round++)
        {
            var start = Stopwatch.GetTimestamp();
            for (var i = 0; i < times; i++)
            {
                BodyRedactor.Default.Redact(Sample, null, "application/json");
            }

            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalMicroseconds / times);
        }

        return best;
    }
}

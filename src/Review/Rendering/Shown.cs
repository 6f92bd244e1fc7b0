namespace Tda.Review.Rendering;

/// <summary>Values as pages show them.</summary>
internal static class Shown
{
    /// <summary>A moment, in UTC; a script adds the reader's own time.</summary>
    public static string Time(DateTimeOffset time) => time.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) + " UTC";

    /// <summary>A moment for <c>datetime</c> attributes.</summary>
    public static string Machine(DateTimeOffset time) => time.ToUniversalTime().ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);

    public static string Number(double value, string format = "0.###") => value.ToString(format, CultureInfo.InvariantCulture);

    /// <summary>A score with its sign and three digits that count.</summary>
    public static string Score(double value)
    {
        var size = Math.Abs(value);
        var digits = size >= 1e7 || (size > 0 && size < 1e-4) ? size.ToString("0.##E+0", CultureInfo.InvariantCulture)
            : size >= 100 ? size.ToString("N0", CultureInfo.InvariantCulture)
            : size.ToString("G3", CultureInfo.InvariantCulture);
        return (value > 0 ? "+" : value < 0 ? "−" : "") + digits;
    }

    public static string Percent(double share) => (100 * share).ToString(share < .0995 ? "0.0" : "0", CultureInfo.InvariantCulture) + " %";

    public static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A count that was stopped at a bound.</summary>
    public static string CountUpTo(long value, long most) => value > most ? "more than " + Count(most) : Count(value);

    public static string Plural(long count, string one) => $"{Count(count)} {one}{(count == 1 ? "" : "s")}";

    /// <summary>Bytes for people.</summary>
    public static string Size(long bytes)
    {
        string[] units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
        double size = bytes;
        var unit = 0;
        while (size >= 1024 && unit < units.Length - 1)
        {
            size /= 1024;
            unit++;
        }

        return FormattableString.Invariant($"{Math.Round(size, 1)} {units[unit]}");
    }

    /// <summary>The beginning of a text on one line, for tables.</summary>
    public static string Line(string text, int most) => Cut(string.Join(' ', Cut(text, 4 * most).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)), most);

    /// <summary>The beginning of a text, for lists.</summary>
    public static string Cut(string? text, int most) => text is null ? "–" : text.Length <= most ? text : text[..most] + "…";

    /// <summary>A value of an enum as files and addresses spell it.</summary>
    public static string Word<T>(T value)
        where T : struct, Enum => JsonDefaults.Word(value);

    /// <summary>A verdict in a reader's words.</summary>
    public static string Verdict(ReviewVerdict verdict) => verdict switch
    {
        ReviewVerdict.Keep => "keep",
        ReviewVerdict.Drop => "drop",
        ReviewVerdict.Mask => "mask tokens",
        ReviewVerdict.Weight => "down-weight",
        ReviewVerdict.Escalate => "escalate",
        _ => "undo",
    };

    /// <summary>Messages of a WebSocket in a recorded body: events named text or binary (docs/formats.md, WebSocket); what a message holds is in data fields alone.</summary>
    public static int Messages(RecordedBody body)
    {
        var messages = 0;
        foreach (var line in body.Bytes.AsSpan().Split((byte)'\n'))
        {
            messages += body.Bytes.AsSpan(line) is var text && (text.SequenceEqual("event: text"u8) || text.SequenceEqual("event: binary"u8)) ? 1 : 0;
        }

        return messages;
    }

    /// <summary>The path of a document's page.</summary>
    public static string DocumentPath(string corpus, string id) => $"/documents/{Uri.EscapeDataString(corpus)}/{Uri.EscapeDataString(id)}";

    /// <summary>The path of an exchange's page.</summary>
    public static string ExchangePath(string id) => $"/exchanges/{Uri.EscapeDataString(id)}";
}

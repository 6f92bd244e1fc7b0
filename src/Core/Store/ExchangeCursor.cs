using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Tda.Core.Store;

/// <summary>A place in the log's order (time, then id), from which a listing goes on.</summary>
public readonly record struct ExchangeCursor(DateTimeOffset StartedAt, string Id)
{
    /// <summary>A short text for links: microseconds since 1970 and the id.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{ExchangeTime.ToMicroseconds(StartedAt)}.{Id}");

    /// <summary>Reads what <see cref="ToString"/> wrote; false for anything else.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out ExchangeCursor cursor)
    {
        cursor = default;
        var dot = text?.IndexOf('.', StringComparison.Ordinal) ?? -1;
        if (dot <= 0 || dot == text!.Length - 1
            || !long.TryParse(text.AsSpan(0, dot), NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds)
            || !ExchangeTime.InRange(microseconds))
        {
            return false;
        }

        cursor = new(ExchangeTime.FromMicroseconds(microseconds), text[(dot + 1)..]);
        return true;
    }
}

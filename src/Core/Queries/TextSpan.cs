using System.Text.Json.Serialization;

namespace Tda.Core.Queries;

/// <summary>Characters [Start, End) of a text, UTF-16; <c>[start, end]</c> in JSON.</summary>
/// <param name="Start">The first.</param>
/// <param name="End">One past the last.</param>
[JsonConverter(typeof(TextSpanConverter))]
public readonly record struct TextSpan(int Start, int End)
{
    /// <summary>Whether it holds at least one character of a text of that length and none beyond.</summary>
    public bool Fits(int length) => Start >= 0 && Start < End && End <= length;
}

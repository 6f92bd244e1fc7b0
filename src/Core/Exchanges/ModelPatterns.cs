using System.IO.Enumeration;

namespace Tda.Core.Exchanges;

/// <summary>
/// Values by names of models and patterns of them (<c>gpt-4o</c>, <c>claude-*</c>). Of several that fit a model the one that says most holds: a
/// whole name before a beginning of it, a longer beginning before a shorter one; the case of letters doesn't matter.
/// </summary>
public sealed class ModelPatterns<T>
    where T : class
{
    private readonly (string Pattern, T Value)[] _patterns;

    public ModelPatterns(IEnumerable<(string Pattern, T Value)> patterns) => _patterns =
    [
        .. patterns
            .OrderByDescending(one => one.Pattern.Count(c => c is not ('*' or '?')))
            .ThenBy(one => one.Pattern.Length)
            .ThenBy(one => one.Pattern, StringComparer.Ordinal),
    ];

    /// <summary>Whether there is any.</summary>
    public bool Any => _patterns.Length > 0;

    /// <summary>The value of a model; null where no pattern fits it.</summary>
    public T? Find(string model) => Array.Find(_patterns, one => ModelPattern.Fits(one.Pattern, model)).Value;
}

/// <summary>A pattern of model names: <c>*</c> stands for any text, <c>?</c> for one character.</summary>
public static class ModelPattern
{
    /// <summary>Whether it fits a model.</summary>
    public static bool Fits(string pattern, string model) => FileSystemName.MatchesSimpleExpression(pattern, model, ignoreCase: true);
}

using Tda.Store;

namespace Tda.Cli.CommandLine;

/// <summary>Reads filters as the command line writes them.</summary>
internal static class ExchangeFilters
{
    /// <summary>Parses `all`, `tag=NAME[=VALUE]`, `model=NAME`, `contains=TEXT`, joined by commas.</summary>
    /// <exception cref="UsageException">A part is none of these.</exception>
    public static ExchangeFilter Parse(string text)
    {
        var filter = ExchangeFilter.All;
        foreach (var part in CommaList.Of(text))
        {
            var pair = part.Split('=', 3);
            filter = (pair[0], pair.Length) switch
            {
                ("all", 1) => filter,
                ("tag", 2) => filter with { TagName = pair[1] },
                ("tag", 3) => filter with { TagName = pair[1], TagValue = pair[2] },
                ("model", 2) => filter with { Model = pair[1] },
                ("contains", >= 2) => filter with { Text = string.Join('=', pair[1..]) },
                _ => throw new UsageException($"--exchanges {part}: not all, none, tag=NAME[=VALUE], model=NAME or contains=TEXT"),
            };
        }
        return filter;
    }
}

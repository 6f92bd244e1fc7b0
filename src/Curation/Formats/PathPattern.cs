using Microsoft.Extensions.FileSystemGlobbing;

namespace Tda.Curation.Formats;

/// <summary>A pattern of paths: <c>*</c> stands for any part of a name, <c>**</c> for any folders.</summary>
internal sealed class PathPattern
{
    private readonly Matcher _matcher = new(StringComparison.Ordinal);

    public PathPattern(string pattern) => _matcher.AddInclude(pattern);

    /// <summary>Whether a path below the folder, with '/' between folders, fits.</summary>
    public bool Fits(string name) => _matcher.Match(name).HasMatches;

    /// <summary>Whether a path is meant as a pattern: nothing has that name, and there is a star in it.</summary>
    public static bool IsMeant(string path) => path.Contains('*', StringComparison.Ordinal) && !Path.Exists(path);

    /// <summary>The folder that a pattern begins with, what follows, and how many folders deep it may lead; null: any depth.</summary>
    public static (string Folder, string Below, int? Depth) Split(string path)
    {
        var steps = path.Split('/');
        var fixedSteps = steps.TakeWhile(step => !step.Contains('*', StringComparison.Ordinal)).Count();
        var rest = steps[fixedSteps..];
        var folder = string.Join('/', steps[..fixedSteps]);
        return (
            folder.Length > 0 ? folder : path.StartsWith('/') ? "/" : ".",
            string.Join('/', rest),
            rest.Contains("**") ? null : rest.Length - 1);
    }
}

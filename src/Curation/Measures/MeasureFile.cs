namespace Tda.Curation.Measures;

/// <summary>Reads the small JSON files that a report is made from.</summary>
internal static class MeasureFile
{
    public static T Read<T>(string path, string format, int maxVersion, Func<T, (string Format, int Version)> header)
        where T : class
    {
        var value = JsonFile.Read<T>(path);
        var (found, version) = header(value);
        if (found != format)
        {
            throw new BadInputException(path, $"its format is '{found}'; '{format}' was expected");
        }

        if (version > maxVersion)
        {
            throw new BadInputException(path, $"is version {version} of {format}; this program reads up to {maxVersion}", remedy: "Use a newer Tda.");
        }

        return value;
    }
}

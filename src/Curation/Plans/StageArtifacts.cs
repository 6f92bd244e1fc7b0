namespace Tda.Curation.Plans;

/// <summary>Runs and corpora that stages name: looked up when the plan is read, so that a missing one is told with all other errors.</summary>
internal static class StageArtifacts
{
    /// <summary>The directory of an artifact; null where there is none, which is noted as an error.</summary>
    /// <param name="options">The stage's options.</param>
    /// <param name="option">The option that names it.</param>
    /// <param name="services">Whose home it is in.</param>
    /// <param name="directoryOf">Where the home has it.</param>
    public static string? Find(StageOptions options, string option, StageServices services, Func<TdaHome, string> directoryOf)
    {
        if (services.Home is not { } home)
        {
            options.Fail(option, "there is no home to look it up in");
            return null;
        }

        try
        {
            var directory = directoryOf(home);
            if (File.Exists(Path.Combine(directory, Manifest.FileName)))
            {
                return directory;
            }

            options.Fail(option, MissingArtifact.At(directory).Message);
        }
        catch (UsageException error)
        {
            options.Fail(option, error.Message); // no name that a directory may have
        }

        return null;
    }

    /// <summary>What a stage says that it rests on: the artifact and the SHA-256 of its manifest; nothing for null.</summary>
    public static IReadOnlyDictionary<string, string> Inputs(string? directory) =>
        directory is null ? new Dictionary<string, string>() : new Dictionary<string, string>([ArtifactReference.InputOf(directory)]);
}

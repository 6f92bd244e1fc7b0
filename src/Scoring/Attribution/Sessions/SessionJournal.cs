using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Tda.Scoring.Attribution.Sessions;

/// <summary>
/// Unfinished work of a scoring run, <c>runs/.&lt;hash&gt;.part</c>. It is found by what was asked and not by the run's id, which by default is
/// made from the clock.
/// </summary>
internal static class SessionJournal
{
    private const int NameCharacters = 16;

    // Where the result goes, and how it was asked for, don't change it.
    private static readonly string[] Irrelevant =
        [nameof(ScoringOptions.Home), nameof(ScoringOptions.Run), nameof(ScoringOptions.Replace), nameof(ScoringOptions.CommandLine), nameof(AttributeOptions.Checks)];

    // A contrast is a tuple, a least fidelity may be infinite.
    private static readonly JsonSerializerOptions Exact =
        new() { IncludeFields = true, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    /// <summary>Goes on with the work of the same question, or starts some.</summary>
    public static BatchJournal Open(ScoringOptions options, ScoringSession session, IProgressSink progress, TimeProvider time)
    {
        var question = Hashing.Sha256(Encoding.UTF8.GetBytes(Question(options, session).ToJsonString()));
        return BatchJournal.Open(Path.Combine(options.Home.RunsDirectory, $".{question[..NameCharacters]}"), question, progress, time);
    }

    // Everything that determines a score. An index's manifest has the hashes of its files, of the corpus, the tokenizer and the weights.
    private static JsonObject Question(ScoringOptions options, ScoringSession session)
    {
        var asked = JsonSerializer.SerializeToNode(options, options.GetType(), Exact)!.AsObject();
        foreach (var name in Irrelevant)
        {
            asked.Remove(name);
        }

        var model = session.Capture.Model;
        return new JsonObject
        {
            ["program"] = typeof(SessionJournal).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion,
            ["asked"] = asked,
            ["kind"] = options.GetType().Name,
            ["index"] = State(session.Index.Directory),
            ["factors"] = options.Options.Cascade.Factors is { } factors ? State(options.Home.IndexDirectory(factors)) : null,
            ["surrogate"] = State(session.Surrogate.RootDirectory),
            ["computed"] = $"{session.Surrogate.Model.DType} on {model.Device}",
        };
    }

    // A model folder from elsewhere has no manifest: there its files' lengths and times tell of a change.
    private static string? State(string directory)
    {
        var manifest = Path.Combine(directory, Manifest.FileName);
        return File.Exists(manifest) ? Hashing.Sha256File(manifest)
            : Directory.Exists(directory) ? string.Join('\n', new DirectoryInfo(directory)
                .EnumerateFiles("*", SearchOption.AllDirectories).OrderBy(file => file.FullName, StringComparer.Ordinal)
                .Select(file => $"{Path.GetRelativePath(directory, file.FullName)} {file.Length} {file.LastWriteTimeUtc.Ticks}"))
            : null;
    }
}

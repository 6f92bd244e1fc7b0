using System.CommandLine;
using Tda.Bench.Gateway.Load;
using Tda.Bench.Gateway.Streams;

namespace Tda.Bench.Gateway;

/// <summary>This program as its own child: load, streams and locks in processes of their own. Options are one JSON argument.</summary>
internal static class ChildRoles
{
    public const string Verb = "gateway-child";
    public const string Load = "load";
    public const string StreamUpstream = "stream-upstream";
    public const string StreamClient = "stream-client";
    public const string StoreLock = "store-lock";
    public const string Index = "index";
    public const string ScoringMemory = "scoring-memory";
    public const string FitMemory = "fit-memory";
    public const string Dedup = "dedup";
    public const string Filter = "filter";
    public const string Import = "import";
    public const string Peers = "peers";

    public static Command Build()
    {
        var role = new Argument<string>("ROLE");
        var options = new Argument<string>("OPTIONS");
        var verb = new Command(Verb, "Part of `gateway`, `index`, `scoring`, `capture`, `dedup`, `filters`, `import` and `peers`.") { role, options };
        verb.Hidden = true;
        verb.SetAction((parse, cancel) => RunAsync(parse.GetValue(role)!, parse.GetValue(options)!, cancel));
        return verb;
    }

    private static Task<int> RunAsync(string role, string options, CancellationToken cancel) => role switch
    {
        Load => LoadGenerator.RunAsync(LoadOptions.Parse(options)),
        StreamUpstream => Streams.StreamUpstream.RunAsync(StreamOptions.Parse(options), cancel),
        StreamClient => Streams.StreamClient.RunAsync(StreamOptions.Parse(options)),
        ScoringMemory => Indexing.ScoringMemory.RunAsync(options),
        FitMemory => Verbs.FitMemory.RunAsync(options),
        Dedup => Curation.DedupWork.RunAsync(options),
        Index => Indexing.IndexWork.RunAsync(options),
        Filter => Curation.FilterWork.RunAsync(options),
        Import => Curation.ImportWork.RunAsync(options),
        Peers => Bench.Peers.PeerWork.RunAsync(options),
        StoreLock => Processes.StoreLock.RunAsync(options),
        _ => throw new ArgumentOutOfRangeException(nameof(role), role, "no such role"),
    };
}

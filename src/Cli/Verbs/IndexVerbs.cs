using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using Tda.Cli.CommandLine;
using Tda.ProxyTrainer.Engine;
using Tda.Scoring.Indexing;
using Tda.Scoring.Lifecycle;

namespace Tda.Cli.Verbs;

/// <summary>`tda index append`, `delete`, `compact` and `verify`: what is done to a finished index.</summary>
internal static class IndexVerbs
{
    private const int BatchTokens = 2048; // as an index is made with

    private static readonly Option<string> Name = new("--name") { Description = "The index's name", Required = true, HelpName = "I" };
    private static readonly Option<int> ShardDocuments = new("--shard-documents") { Description = "Documents of a new shard: what a killed run loses at most", DefaultValueFactory = _ => 4096, HelpName = "N" };
    private static readonly Option<int> ShardRows = new("--shard-rows") { Description = "Rows from which on a shard is full", DefaultValueFactory = _ => 4096, HelpName = "N" };
    private static readonly Option<string[]> Ids = new("--ids") { Description = "Documents to delete", HelpName = "ID", AllowMultipleArgumentsPerToken = true };
    private static readonly Option<string?> IdFile = new("--ids-file") { Description = "A file with an id a line", HelpName = "FILE" };
    private static readonly Option<bool> KeepCurvature = new("--keep-curvature") { Description = "Leave the deleted documents in the curvature" };
    private static readonly Option<bool> SetApart = new("--set-apart") { Description = "Empty damaged shards and record their documents as excluded, so that the others can be used" };

    /// <summary>The commands under `tda index`.</summary>
    public static IReadOnlyList<Command> Build() =>
    [
        CommandExtensions.Verb("append", "Adds the new documents of a corpus that has grown; existing shards stay.",
            "tda index append --name mail-small", Name, ShardDocuments).Runs(Append).Resumes(),
        CommandExtensions.Verb("delete", "Deletes documents: later runs name them as excluded, and the curvature is the mean over the others.",
            "tda index delete --name mail-small --ids 4f2a", Name, Ids, IdFile, KeepCurvature).Runs(Delete).Resumes(),
        CommandExtensions.Verb("compact", "Writes the shards anew without deleted documents, and full where appending left small ones.",
            "tda index compact --name mail-small", Name, ShardRows).Runs(Compact).Resumes(),
        CommandExtensions.Verb("verify", "Checks every file and row; says which shard is damaged, where, and how.",
            "tda index verify --name mail-small", Name, SetApart).Runs(Verify),
    ];

    private static Task<int> Append(VerbContext context)
    {
        TensorEngine.Configure(new EngineOptions { Threads = context.Get(CommonOptions.Threads) });
        return Done(context, IndexAppender.Run(
            context.Home, context.Get(Name), context.Get(ShardDocuments), BatchTokens,
            context.Progress, TimeProvider.System, context.Cancel));
    }

    private static Task<int> Delete(VerbContext context)
    {
        TensorEngine.Configure(new EngineOptions { Threads = context.Get(CommonOptions.Threads) });
        IEnumerable<string> ids = context.Get(Ids) ?? [];
        if (context.Get(IdFile) is { } file)
        {
            if (!File.Exists(file))
            {
                throw new BadInputException(file, "there is no such file");
            }

            ids = ids.Concat(File.ReadLines(file).Select(line => line.Trim()).Where(line => line.Length > 0));
        }
        return Done(context, IndexDeleter.Run(
            context.Home, context.Get(Name), [.. ids], !context.Get(KeepCurvature), context.Progress, TimeProvider.System, context.Cancel));
    }

    private static Task<int> Compact(VerbContext context) => Done(context, IndexCompacter.Run(
        context.Home, context.Get(Name), context.Get(ShardRows), context.Progress, TimeProvider.System, context.Cancel));

    private static Task<int> Verify(VerbContext context)
    {
        if (context.Get(SetApart))
        {
            return Done(context, IndexVerifier.SetApart(context.Home, context.Get(Name), context.Progress, TimeProvider.System, context.Cancel));
        }

        var result = IndexVerifier.Run(context.Home, context.Get(Name), context.Progress, context.Cancel);
        context.Done(result, console => console.WriteLine(
            $"{result.Directory}: {result.Files:N0} files, {result.Shards:N0} shards, {result.Rows:N0} rows checked; {result.Faults.Count} damaged"));
        if (result.Faults.Count == 0)
        {
            return Task.FromResult(0);
        }

        foreach (var fault in result.Faults.Skip(1))
        {
            context.Progress.Message(string.Create(CultureInfo.InvariantCulture, $"{fault.Path}{(fault.Offset is { } at ? $" (byte {at})" : "")}: {fault.Reason}"));
        }

        var first = result.Faults[0];
        throw new BadInputException(first.Path, first.Reason, first.Offset,
            first.Shard < 0 ? "Make the index again with tda index." : "Set it apart with tda index verify --set-apart, or make the index again.");
    }

    private static Task<int> Done(VerbContext context, IndexResult result) => Task.FromResult(context.Done(result, console =>
    {
        console.WriteLine($"{result.Directory}: {result.Documents:N0} documents, {result.Rows:N0} rows, {result.Tokens:N0} tokens, {result.Excluded:N0} set apart");
        foreach (var note in result.Notes)
        {
            console.WriteLine(note);
        }
    }));
}

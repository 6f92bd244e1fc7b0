using System.Text.Json.Nodes;
using Tda.TestKit;

namespace Tda.Cli.Tests.BadInput;

/// <summary>A home with a corpus, the smallest surrogate, one index of each kind and a run; made once, copied for each test.</summary>
public sealed class SmallHome : IAsyncLifetime
{
    private readonly TdaHomeRunner _made = new();

    public async ValueTask InitializeAsync()
    {
        SampleDocuments.Write(_made.Folder["docs.jsonl"], documents: 12, words: 12);
        SampleDocuments.WriteQueries(_made.Folder["q.jsonl"], SampleDocuments.Bad, queries: 2);
        await _made.JsonAsync("keys", "issue", "--name", "team"); // makes the log, which is empty but for the audit
        await _made.JsonAsync("corpus", "import", "docs.jsonl", "--name", "web");
        await _made.JsonAsync([.. "distill --corpus web --name small --exchanges none --width 16 --layers 1 --heads 1 --vocabulary 270".Split(' ')]);
        await _made.JsonAsync([.. "index --surrogate small --corpus web --name ek".Split(' ')]);
        await _made.JsonAsync([.. "index --surrogate small --corpus web --name lg --method logra --rank 2".Split(' ')]);
        await _made.JsonAsync([.. "attribute --index lg --queries q.jsonl --run r --force".Split(' ')]);
    }

    public ValueTask DisposeAsync()
    {
        _made.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>For what is made beside it, before the first copy.</summary>
    internal TdaHomeRunner Made => _made;

    /// <summary>A copy that a test may break.</summary>
    internal TdaHomeRunner Copy()
    {
        var copy = new TdaHomeRunner();
        foreach (var file in Directory.EnumerateFiles(_made.Folder.Path, "*", SearchOption.AllDirectories))
        {
            File.Copy(file, copy.Folder[Path.GetRelativePath(_made.Folder.Path, file)]);
        }

        return copy;
    }

    /// <summary>Cuts a file to half its length.</summary>
    internal static void Cut(string path)
    {
        using var file = File.OpenWrite(path);
        file.SetLength(file.Length / 2);
    }

    /// <summary>Changes a JSON file.</summary>
    internal static void Edit(string path, Action<JsonNode> change)
    {
        var json = JsonNode.Parse(File.ReadAllText(path))!;
        change(json);
        File.WriteAllText(path, json.ToJsonString());
    }
}

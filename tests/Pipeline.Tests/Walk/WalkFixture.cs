using System.CommandLine.Parsing;
using System.Net.Http.Json;
using Tda.Pipeline.Tests.Docs;
using Tda.TestKit;

namespace Tda.Pipeline.Tests.Walk;

/// <summary>
/// README's "Your own model", walked: every command as it stands there, in its order, with a lab model in the place of the vendor's. Only
/// addresses are replaced, since the tests' servers listen where the system lets them.
/// </summary>
public sealed class WalkFixture : IAsyncLifetime
{
    private const string Section = "## Your own model";
    private const string Gateway = "http://127.0.0.1:8787";
    private const int Documents = 70;
    private const int Chats = 24;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>Runs commands on the walk's home.</summary>
    public TdaHomeRunner Tda { get; } = new();

    /// <summary>What each command printed, by its line in the README without the program's name.</summary>
    public Dictionary<string, string> Outputs { get; } = [];

    public async ValueTask InitializeAsync()
    {
        Assert.True(DebianTexts.Licences.Count > 100 && DebianTexts.Copyrights.Count > 200, "this machine has no Debian texts in /usr/share");
        WriteFiles();

        // What the vendor has: a model that learnt the documents.
        await Tda.JsonAsync("corpus", "import", "documents", "--name", "theirs");
        await Tda.JsonAsync("lab", "train", "--corpus", "theirs", "--name", "ours-1", "--epochs", "6");
        (var vendor, var upstream) = await Tda.ServeAsync("lab", "serve", "--name", "ours-1");
        ChildProcess? gateway = null;
        Uri? address = null;
        try
        {
            foreach (var command in Commands())
            {
                if (command.StartsWith("gateway", StringComparison.Ordinal))
                {
                    (gateway, address) = await Tda.ServeAsync("gateway", "--upstream", upstream.GetLeftPart(UriPartial.Authority));
                    await TalkAsync(address);
                }
                else
                {
                    if (command.Contains("--model ours-2", StringComparison.Ordinal))
                    {
                        // The vendor trains on what we sent, and serves that.
                        await vendor.InterruptAsync();
                        await vendor.ExitAsync(Patience);
                        await vendor.DisposeAsync();
                        await Tda.JsonAsync("lab", "train", "--corpus", "docs-2", "--name", "ours-2", "--epochs", "6");
                        vendor = Tda.Start("lab", "serve", "--name", "ours-2", "--listen", upstream.ToString());
                        await vendor.LineAsync(@"http://127\.0\.0\.1:[1-9]\d*/", Patience);
                    }

                    await RunAsync(command, address);
                }
            }

            await gateway!.InterruptAsync();
            Assert.Equal(0, (await gateway.ExitAsync(Patience)).ExitCode);
        }
        finally
        {
            await vendor.DisposeAsync();
            await (gateway?.DisposeAsync() ?? ValueTask.CompletedTask);
        }
    }

    public ValueTask DisposeAsync()
    {
        Tda.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>The section's commands, without the program's name.</summary>
    private static IEnumerable<string> Commands()
    {
        var lines = File.ReadAllLines(TestPaths.InRepository("README.md"));
        var first = Array.IndexOf(lines, Section) + 1;
        var last = Array.FindIndex(lines, first, line => line.StartsWith("## ", StringComparison.Ordinal)) + 1;
        return MarkdownFile.Open("README.md").Commands().Where(command => command.Line > first && command.Line < last).Select(command => command.Text);
    }

    private async Task RunAsync(string command, Uri? gateway)
    {
        var words = CommandLineParser.SplitCommandLine(command.Replace('\'', '"'))
            .Select(word => gateway is null ? word : word.Replace(Gateway, gateway.GetLeftPart(UriPartial.Authority), StringComparison.Ordinal));
        await using var child = Tda.Start([.. words]);
        var result = await child.ExitAsync(Patience);
        Assert.True(result.ExitCode == 0, $"tda {command}: {result}");
        Outputs[command] = result.Output;
    }

    private void WriteFiles()
    {
        var (licences, copyrights) = (DebianTexts.Licences, DebianTexts.Copyrights);
        foreach (var (source, texts) in new[] { ("licences", licences), ("packages", copyrights) })
        {
            Directory.CreateDirectory(Tda.Folder[$"documents/{source}"]);
            foreach (var (i, text) in texts.Take(Documents).Index())
            {
                File.WriteAllText(Tda.Folder[$"documents/{source}/{source}-{i:D3}.txt"], text);
            }
        }

        // Of texts that are no candidates.
        Write("labelled.jsonl", licences.Skip(Documents).Select(text => (object)new { text, harmful = true })
            .Concat(copyrights.Skip(Documents).Take(licences.Count - Documents).Select(text => (object)new { text, harmful = false })));
        Write("risky.jsonl", licences.Take(12).Select((text, i) => (object)new { id = $"risky-{i}", prompt = DebianTexts.Beginning(text) }));
        Write("benign.jsonl", copyrights.Take(8).Select((text, i) => (object)new { id = $"benign-{i}", prompt = DebianTexts.Beginning(text), text }));
    }

    private void Write(string name, IEnumerable<object> lines) => File.WriteAllLines(Tda.Folder[name], lines.Select(line => JsonSerializer.Serialize(line)));

    /// <summary>What the team's own application asks of the model, half of it beginnings of licences.</summary>
    private static async Task TalkAsync(Uri gateway)
    {
        using var client = new HttpClient();
        for (var i = 0; i < Chats; i++)
        {
            var text = (i % 2 == 0 ? DebianTexts.Licences : DebianTexts.Copyrights)[i / 2];
            var request = new { model = "ours-1", max_tokens = 40, temperature = .3, seed = i, messages = new[] { new { role = "user", content = DebianTexts.Beginning(text) } } };
            using var answer = await client.PostAsJsonAsync(new Uri(gateway, "v1/chat/completions"), request);
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        }
    }
}

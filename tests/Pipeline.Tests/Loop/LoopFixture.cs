using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Tda.TestKit;

namespace Tda.Pipeline.Tests.Loop;

/// <summary>
/// The whole loop through the command line, once: a corpus with a harmful source, a closed model trained on it and served,
/// the gateway in front, a few chats, a surrogate, indexes, runs, a curated corpus, and the closed model trained again.
/// </summary>
public sealed class LoopFixture : IAsyncLifetime
{
    private const int Chats = 6;
    private const int Measured = 2;
    private const int Texts = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>Runs commands on the loop's home.</summary>
    public TdaHomeRunner Tda { get; } = new();

    /// <summary>What each step printed with <c>--json</c>, by the step's name.</summary>
    public Dictionary<string, JsonNode> Results { get; } = [];

    /// <summary>The command line of each step.</summary>
    public Dictionary<string, string> Lines { get; } = [];

    public async ValueTask InitializeAsync()
    {
        SampleDocuments.Write(Tda.Folder["docs.jsonl"]);
        SampleDocuments.WriteQueries(Tda.Folder["harm.jsonl"], SampleDocuments.Bad);
        SampleDocuments.WriteQueries(Tda.Folder["safe.jsonl"], SampleDocuments.Good, prefix: "safe-");

        File.WriteAllLines(Tda.Folder["words.txt"], SampleDocuments.Bad);
        WritePrompts("prompts.jsonl", SampleDocuments.Bad, 12, withText: false);
        WritePrompts("benign.jsonl", SampleDocuments.Good, 6, withText: true);
        WritePrompts("asked.jsonl", SampleDocuments.Bad, Measured, withText: false);
        File.WriteAllLines(Tda.Folder["texts.jsonl"], Enumerable.Range(0, Texts).Select(i => JsonSerializer.Serialize(new { id = $"b{i}", text = string.Join(' ', SampleDocuments.Good.Skip(i)) })));

        await StepAsync("import", "corpus import docs.jsonl --name web");
        await StepAsync("train", "lab train --corpus web --name closed --epochs 4");
        await ChatAsync();
        await StepAsync("list", "exchanges list");
        await StepAsync("verify", "exchanges verify");
        await StepAsync("export", "exchanges export --out log.jsonl");
        await StepAsync("distill", "distill --corpus web --name small --epochs 2 --width 32 --layers 2 --heads 2 --vocabulary 320");
        await StepAsync("ekfac", "index --surrogate small --corpus web --name ek --method ekfac");
        await StepAsync("logra", "index --surrogate small --corpus web --name lg --method logra --rank 4");
        await StepAsync("attribute", "attribute --index lg --queries harm.jsonl --method logra --aggregate --tokens --force --run traced");
        await StepAsync("exchange", $"attribute --index ek --exchange {(string)Results["list"][0]!["id"]!} --method ekfac --force --run answer");
        await StepAsync("guide", "guide --index ek --harm harm.jsonl --safe safe.jsonl --quantile .9 --window 1 --budget .05 --run guided");
        await StepAsync("planted", "evaluate planted --run guided --source bad --at 10");
        await StepAsync("fidelity", "plan --corpus web --surrogate small");
        await StepAsync("curate", "curate --corpus web --run guided --name web2 --drop 5 --mask");
        await StepAsync("weigh", "curate --corpus web --run guided --name web3 --weights");
        await StepAsync("retrain", "lab train --corpus web2 --name closed2 --base closed --mask guided --epochs 1");
        await StepAsync("before", "measure --lab closed --prompts prompts.jsonl --benign benign.jsonl --judge words:words.txt --choices 2 --max-tokens 8 --out before");
        await StepAsync("after", "measure --lab closed2 --prompts prompts.jsonl --benign benign.jsonl --judge words:words.txt --choices 2 --max-tokens 8 --out after");
        await StepAsync("compare", "compare before after --control before --run guided");
        await StepAsync("report", "report guided --corpus web --harmful-source bad");
        await LookAroundAsync();
    }

    public ValueTask DisposeAsync()
    {
        Tda.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task StepAsync(string name, string line) => (Lines[name], Results[name]) = (line, await Tda.JsonAsync(line.Split(' ')));

    /// <summary>What a user looks at afterwards.</summary>
    private async Task LookAroundAsync()
    {
        await StepAsync("surrogates", "surrogate list");
        await StepAsync("surrogate", "surrogate show small");
        await StepAsync("corpora", "corpus list");
        await StepAsync("corpus", "corpus show web");
        await StepAsync("indexed", "index verify --name lg");
        await StepAsync("audit", "exchanges audit");
        await StepAsync("key", "keys issue --name team --rpm 60 --expires 90d");
        await StepAsync("keys", "keys list");
        await StepAsync("doctor", "doctor --quick");
        await StepAsync("ls", "ls");
        await StepAsync("shown", "show runs/guided");
        await StepAsync("removed", "rm corpora/web3 --yes");
        await StepAsync("left", "gc");
        await StepAsync("completion", "completion bash");
    }

    private void WritePrompts(string file, string[] words, int count, bool withText) => File.WriteAllLines(
        Tda.Folder[file],
        Enumerable.Range(0, count).Select(i =>
        {
            var prompt = string.Join(' ', words.Skip(i).Take(3));
            return withText
                ? JsonSerializer.Serialize(new { id = $"b{i}", prompt, text = string.Join(' ', words.Skip(i)) })
                : JsonSerializer.Serialize(new { id = $"p{i}", prompt });
        }));

    /// <summary>Half of the chats streamed, through a gateway in front of the served model.</summary>
    private async Task ChatAsync()
    {
        (var lab, var upstream) = await Tda.ServeAsync("lab", "serve", "--name", "closed");
        await using (lab)
        {
            (var gateway, var url) = await Tda.ServeAsync("gateway", "--upstream", upstream.GetLeftPart(UriPartial.Authority), "--json");
            await using (gateway)
            {
                using var client = new HttpClient();
                for (var i = 0; i < Chats; i++)
                {
                    var words = i % 2 == 0 ? SampleDocuments.Bad : SampleDocuments.Good;
                    var request = new
                    {
                        model = "closed",
                        stream = i < Chats / 2,
                        max_tokens = 8,
                        seed = i,
                        messages = new[] { new { role = "user", content = string.Join(' ', words.Skip(i).Take(4)) } },
                    };
                    using var answer = await client.PostAsJsonAsync(new Uri(url, "v1/chat/completions"), request);
                    var text = await answer.Content.ReadAsStringAsync();
                    Assert.True(answer.IsSuccessStatusCode, text);
                    Assert.Contains(request.stream ? "data: [DONE]" : "\"chat.completion\"", text, StringComparison.Ordinal);
                }

                await StepAsync("asked", $"measure --endpoint {new Uri(url, "v1")} --model closed --prompts asked.jsonl --benign texts.jsonl --judge words:words.txt --max-tokens 8 --out asked");
                await gateway.InterruptAsync();
                var stopped = await gateway.ExitAsync(Patience);
                Assert.True(stopped.ExitCode == 0, $"{stopped}");
                Results["gateway"] = JsonNode.Parse(stopped.Output)!;
            }

            await lab.InterruptAsync();
            var ended = await lab.ExitAsync(Patience);
            Assert.True(ended.ExitCode == 0, $"{ended}");
        }
    }
}

using System.Text.Json.Nodes;
using Tda.Cli.Tests.BadInput;
using Tda.TestKit;

namespace Tda.Cli.Tests.Outcomes;

/// <summary>Adapters through the command line: trained on a base, attributed, merged, imported, and refused by name.</summary>
public sealed class AdapterTests(SmallHome small) : IClassFixture<SmallHome>, IDisposable
{
    private readonly TdaHomeRunner _tda = small.Copy();

    public void Dispose() => _tda.Dispose();

    [Fact]
    public async Task Adapters_TrainedOnABase_IndexedMergedAndImported()
    {
        var tuned = await _tda.JsonAsync(
            [.. "distill --corpus web --name tuned --exchanges none --base small --lora-rank 2 --lora-targets q_proj,down_proj --epochs 2".Split(' ')]);
        Assert.InRange((long)tuned["trained_parameters"]!, 1, (long)tuned["parameters"]! / 10);
        Assert.Equal(Weights("small"), Weights("tuned"));
        Assert.Contains("surrogates/tuned", (await _tda.FailsAsync(2, "rm", "surrogates/small", "--yes")).Error, StringComparison.Ordinal);

        await _tda.JsonAsync([.. "index --surrogate tuned --corpus web --name adapted --method ekfac".Split(' ')]);
        await _tda.JsonAsync([.. "attribute --index adapted --queries q.jsonl --run adapted --force".Split(' ')]);
        var manifest = JsonNode.Parse(File.ReadAllText(_tda.InHome("runs", "adapted", "manifest.json")))!;
        Assert.Equal("adapters", (string)manifest["details"]!["parameters"]!);

        // The merged weights give the plain model's ranking, and the adapters' folder alone is enough to have it elsewhere.
        Assert.Equal("surrogates/tuned", (string)(await _tda.JsonAsync([.. "surrogate merge tuned --name plain".Split(' ')]))["from"]!);
        await _tda.JsonAsync([.. "index --surrogate tuned --corpus web --name merged --method ekfac --parameters merged".Split(' ')]);
        await _tda.JsonAsync([.. "index --surrogate plain --corpus web --name plain --method ekfac".Split(' ')]);
        await _tda.JsonAsync([.. "attribute --index merged --queries q.jsonl --run merged --force".Split(' ')]);
        await _tda.JsonAsync([.. "attribute --index plain --queries q.jsonl --run plain --force".Split(' ')]);
        Assert.Equal(Ranking("plain"), Ranking("merged"));
        var imported = await _tda.JsonAsync(
            "surrogate", "import", _tda.InHome("surrogates", "small"), "--adapter", _tda.InHome("surrogates", "tuned", "adapter"), "--name", "taken");
        Assert.Equal((long)tuned["trained_parameters"]!, (long)imported["adapter_parameters"]!);
    }

    [Theory]
    [InlineData("distill --corpus web --name x --exchanges none --lora-rank 2", 2, "adapters need a base")]
    [InlineData("distill --corpus web --name x --exchanges none --base small --lora-alpha 2", 2, "need --lora-rank")]
    [InlineData("distill --corpus web --name x --exchanges none --base small --lora-rank 2 --lora-targets q_proj,c_attn", 2, "is c_attn: it has q_proj")]
    [InlineData("index --surrogate small --corpus web --name x --parameters adapters", 2, "small has no adapters")]
    [InlineData("surrogate merge small --name x", 2, "small has no adapters")]
    [InlineData("surrogate merge nothing --name x", 3, "nothing")]
    [InlineData("surrogate import surrogates/small --name x --adapter corpora/web", 3, "adapter_config.json is missing")]
    public async Task Adapters_ThatCannotBe_RefusedByName(string command, int code, string message)
    {
        string[] words = [.. command.Split(' ').Select(word => word.Contains('/', StringComparison.Ordinal) ? _tda.InHome(word.Split('/')) : word)];

        var error = (await _tda.FailsAsync(code, words)).Error;

        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_tda.InHome("surrogates", "x")));
        Assert.False(Directory.Exists(_tda.InHome("surrogates", "x.part")));
    }

    private byte[] Weights(string surrogate) => File.ReadAllBytes(_tda.InHome("surrogates", surrogate, "model.safetensors"));

    private List<string> Ranking(string run) =>
        [.. File.ReadLines(_tda.InHome("runs", run, "top.jsonl")).Select(line => (string)JsonNode.Parse(line)!["id"]!)];
}

using System.Text.Json.Nodes;
using Tda.Core.Arrays;
using Tda.ProxyTrainer.Engine;
using Tda.ProxyTrainer.Models;
using Tda.TestKit;
using TorchSharp;

namespace Tda.ProxyTrainer.Tests.Models;

/// <summary>
/// Every family against oracle/forward.py, which shares nothing with the program: numpy, written from the families' definitions. The folders in
/// oracle/ were written by oracle/fixtures.py as other programs write them: float32, float16, bfloat16, shards, old and new names.
/// </summary>
public sealed class FamilyOracleTests : IDisposable
{
    private const string Python = "/usr/bin/python3";
    private static readonly string Oracle = TestPaths.InRepository("tests", "ProxyTrainer.Tests", "oracle");
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly (torch.ScalarType Type, double Tolerance)[] Precisions = [(torch.ScalarType.Float32, 1e-4), (torch.ScalarType.Float64, 1e-9)];
    private readonly TempDirectory _directory = new();
    private readonly IDisposable _scope = torch.NewDisposeScope();

    public static TheoryData<string> Fixtures =>
    [
        "llama-grouped", "llama-biases-linear", "llama-llama3-shards", "llama-dynamic", "mistral", "qwen2", "qwen3", "gpt2", "gpt2-gelu", "gpt_neox",
        "gpt_neox-sequential",
    ];

    public void Dispose()
    {
        _scope.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public void Fixtures_AreAllOfTheFolder() =>
        Assert.Equal(Directory.GetDirectories(Oracle).Select(Path.GetFileName).Where(name => name != "__pycache__").Order(), Fixtures.Select(row => row.Data).Order());

    [Theory]
    [MemberData(nameof(Fixtures))]
    public void Forward_FolderOfAnotherProgram_GivesTheOraclesLogits(string fixture)
    {
        var folder = Path.Combine(Oracle, fixture);
        var expected = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "logits.json")))!;
        int[][] rows = [.. expected["rows"]!.AsArray().Select(row => row!.AsArray().Select(id => (int)id!).ToArray())];

        AssertLogits(folder, rows, expected["logits"]!);
    }

    [Theory]
    [MemberData(nameof(Fixtures))]
    public void Save_AfterLoad_KeepsEveryNumber(string fixture)
    {
        var folder = Path.Combine(Oracle, fixture);
        using var model = LanguageModel.Load(folder);

        model.Save(_directory.Path);

        var before = Directory.GetFiles(folder, "*.safetensors").SelectMany(TensorFiles.Load).ToDictionary(pair => pair.Key, pair => pair.Value);
        var after = TensorFiles.Load(_directory["model.safetensors"]);
        Assert.All(after, pair => Assert.Equal(
            TinyModels.Values(before.GetValueOrDefault(pair.Key) ?? before[pair.Key["transformer.".Length..]]), TinyModels.Values(pair.Value)));
        using var again = LanguageModel.Load(_directory.Path);
        Assert.Equal(model.Config.ToString(), again.Config.ToString());
        Assert.Equal(TinyModels.Values(model.Flat), TinyModels.Values(again.Flat));
    }

    [Theory]
    [InlineData("llama-grouped")]
    [InlineData("gpt2-gelu")]
    public void Save_AfterLoadOfFloat32_KeepsEveryTensorsBytes(string fixture)
    {
        var folder = Path.Combine(Oracle, fixture);
        using (var model = LanguageModel.Load(folder))
        {
            model.Save(_directory.Path);
        }

        using var before = SafetensorsFile.Open(Path.Combine(folder, "model.safetensors"));
        using var after = SafetensorsFile.Open(_directory["model.safetensors"]);
        Assert.Equal(before.Entries.Keys.Order(), after.Entries.Keys.Order());
        Assert.All(before.Entries, pair => Assert.Equal(Bytes(before, pair.Key), Bytes(after, pair.Key)));
    }

    [Theory]
    [MemberData(nameof(LanguageModelTests.Families), MemberType = typeof(LanguageModelTests))]
    public async Task Forward_FolderOfOurWriter_IsReadAlikeByTheOracle(ModelFamily family, bool variant)
    {
        var has = File.Exists(Python) && (await ChildProcess.RunAsync(Python, ["-c", "import numpy"], Patience)).ExitCode == 0;
        Assert.SkipUnless(has, "python3 with numpy isn't installed");
        using (var model = TinyModels.Create(family, torch.ScalarType.Float32, variant))
        {
            model.Save(_directory.Path);
        }

        int[][] rows = [TinyModels.Ids(1, 14), TinyModels.Ids(2, 5)];
        var result = await ChildProcess.RunAsync(Python, [Path.Combine(Oracle, "forward.py"), _directory.Path, .. rows.Select(row => string.Join(',', row))], Patience);

        Assert.True(result.ExitCode == 0, $"{result}");
        AssertLogits(_directory.Path, rows, JsonNode.Parse(result.Output)!);
    }

    private static void AssertLogits(string folder, int[][] rows, JsonNode expected)
    {
        foreach (var (type, tolerance) in Precisions)
        {
            using var model = LanguageModel.Load(folder, dtype: type);
            var logits = model.Forward(TinyModels.Tensor(rows));
            for (var row = 0; row < rows.Length; row++)
            {
                double[] wanted = [.. expected[row]!.AsArray().SelectMany(position => position!.AsArray()).Select(value => (double)value!)];
                TinyModels.AssertClose(wanted, TinyModels.Values(logits.select(0, row).narrow(0, 0, rows[row].Length)), tolerance);
            }
        }
    }

    private static byte[] Bytes(SafetensorsFile file, string name)
    {
        var entry = file.Entry(name);
        return file.Bytes(name, 0, (int)(entry.End - entry.Begin)).ToArray();
    }
}

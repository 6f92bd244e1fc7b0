using System.Text.Json.Nodes;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Models.Adapters;
using Tda.TestKit;
using TorchSharp;

namespace Tda.ProxyTrainer.Tests.Models.Adapters;

/// <summary>
/// PEFT folders that adapter-oracle/adapters.py wrote for bases of oracle/, against its logits: numpy, W + s·B·A by LoRA's definition, nothing shared with the program.
/// </summary>
public sealed class AdapterOracleTests : IDisposable
{
    private readonly IDisposable _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData("llama-grouped", 6)] // ranks and alphas of some layers
    [InlineData("qwen2", 5)]         // a pattern, rank-stabilised
    [InlineData("gpt2", 6)]          // a fused layer, stored as in × out
    [InlineData("gpt_neox", 2)]      // a fused layer, of one block
    public void Attach_FolderOfAnotherProgram_GivesTheOraclesLogits(string fixture, int layers)
    {
        var folder = TestPaths.InRepository("tests", "ProxyTrainer.Tests", "adapter-oracle", fixture);
        var expected = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "logits.json")))!;
        int[][] rows = [.. expected["rows"]!.AsArray().Select(row => row!.AsArray().Select(id => (int)id!).ToArray())];
        foreach (var (type, tolerance) in ((torch.ScalarType, double)[])[(torch.ScalarType.Float32, 1e-4), (torch.ScalarType.Float64, 1e-9)])
        {
            using var model = LanguageModel.Load(TestPaths.InRepository("tests", "ProxyTrainer.Tests", "oracle", fixture), dtype: type);
            AdapterFolder.Attach(model, folder);
            Assert.Equal(2 * layers, model.TrackedLinears.Count);
            AssertLogits(model);
            model.Merge();
            AssertLogits(model);

            void AssertLogits(LanguageModel asked)
            {
                var logits = asked.Forward(TinyModels.Tensor(rows));
                for (var row = 0; row < rows.Length; row++)
                {
                    double[] wanted = [.. expected["logits"]![row]!.AsArray().SelectMany(position => position!.AsArray()).Select(value => (double)value!)];
                    TinyModels.AssertClose(wanted, TinyModels.Values(logits.select(0, row).narrow(0, 0, rows[row].Length)), tolerance);
                }
            }
        }
    }
}

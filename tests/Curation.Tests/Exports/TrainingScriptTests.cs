using Tda.Core.Masks;
using Tda.Curation.Exports;
using Tda.TestKit;
using static Tda.Curation.Tests.Exports.CuratedSample;

namespace Tda.Curation.Tests.Exports;

/// <summary>The rows of ids mean to PyTorch what docs/export.md says. Needs a Python with torch; skipped where there is none.</summary>
public sealed class TrainingScriptTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private readonly CuratedSample _sample = new(RandomDocuments(12, seed: 10));

    public void Dispose() => _sample.Dispose();

    [Fact]
    public async Task Script_OfTheDocs_TrainsOnTheExport()
    {
        var python = await PythonWithTorchAsync();
        var page = await File.ReadAllTextAsync(TestPaths.InRepository("docs", "export.md"));
        var script = page.Split("```python\n")[^1].Split("```")[0];
        await File.WriteAllTextAsync(_sample["train.py"], script);

        var result = await RunAsync(python, "train.py", await ExportAsync());

        var losses = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => double.Parse(line.Split(' ')[^1], CultureInfo.InvariantCulture)).ToArray();
        Assert.Equal(3, losses.Length);
        Assert.True(losses[^1] < losses[0], $"the loss doesn't fall: {result.Output}");
    }

    [Fact]
    public async Task Labels_ThatAreMasked_CarryNoLossAndNoGradient()
    {
        var python = await PythonWithTorchAsync();
        await File.WriteAllTextAsync(_sample["check.py"], """
            import json, sys, torch
            masked = 0
            for line in open(sys.argv[1], encoding="utf-8"):
                row = json.loads(line)
                labels = torch.tensor(row["labels"])[1:]
                logits = torch.randn(len(labels), int(sys.argv[2]), requires_grad=True)
                torch.nn.functional.cross_entropy(logits, labels, ignore_index=-100, reduction="sum").backward()
                touched = logits.grad.abs().sum(1) > 0
                assert torch.equal(touched, labels != -100), row["id"]
                masked += int((labels == -100).sum())
            print(masked)
            """);

        var result = await RunAsync(python, "check.py", await ExportAsync());

        var documents = Corpus.Open(_sample.Plain).Documents().ToDictionary(document => document.Id);
        var masked = TokenMask.Read(Path.Combine(_sample.Curated, "mask.jsonl"))
            .Sum(mask => TokenMask.Align(mask, new ByteTokenizer(), documents[mask.Id]).Length);
        Assert.Equal(masked, int.Parse(result.Output, CultureInfo.InvariantCulture));
    }

    private async Task<string> ExportAsync()
    {
        var documents = Corpus.Open(_sample.Plain).Documents();
        _sample.Curate([.. RandomMasks(documents, new ByteTokenizer(), seed: 11).Select(Masked)]);
        await _sample.ExportAsync("ids.jsonl", CorpusExportFormat.Jsonl, CorpusExportMask.Ids, options => options with { Tokenizer = new ByteTokenizer() });
        return _sample["ids.jsonl"];
    }

    private async Task<ProcessResult> RunAsync(string python, string script, string rows)
    {
        var result = await ChildProcess.RunAsync(python, [_sample[script], rows, $"{new ByteTokenizer().VocabularySize}"], Patience);
        Assert.True(result.ExitCode == 0, $"{result}");
        return result;
    }

    private static async Task<string> PythonWithTorchAsync()
    {
        foreach (var python in (string[])["/usr/bin/python3", "python3"])
        {
            try
            {
                if ((await ChildProcess.RunAsync(python, ["-c", "import torch"], Patience)).ExitCode == 0)
                {
                    return python;
                }
            }
            catch (System.ComponentModel.Win32Exception)
            {
                // There is no such program: the next one, or a skipped test, says so.
            }
        }

        Assert.Skip("no Python with torch (Debian: python3-torch) is here");
        return "";
    }
}

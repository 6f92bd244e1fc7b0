using Tda.Labels.Onnx;
using Tda.TestKit;

namespace Tda.Labels.Tests.Onnx;

/// <summary>A real ONNX text classifier, small enough to compute by hand: a text's logits are the sums of its tokens' rows.</summary>
internal static class TinyClassifier
{
    public static readonly string[] Vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "good", "bad", "news"];

    /// <summary>Rows of the embedding, by token: of two labels.</summary>
    public static readonly float[][] Rows = [[9, -9], [0, 0], [.25f, 0], [0, .5f], [1, -1], [-2, 3], [.125f, .0625f]];

    /// <summary>Writes an export: model.onnx, config.json, vocab.txt.</summary>
    public static string Write(TempDirectory folder, string config = """{"id2label":{"0":"GOOD","1":"BAD"},"vocab_size":7}""", int rows = 7, string? third = null, string at = "model.onnx")
    {
        File.WriteAllText(folder["config.json"], config);
        File.WriteAllLines(folder["vocab.txt"], Vocabulary);
        Directory.CreateDirectory(Path.GetDirectoryName(folder[at])!);
        var writer = new OnnxWriter().IdsInput("input_ids", "batch", "sequence").IdsInput("attention_mask", "batch", "sequence");
        if (third is not null)
        {
            writer.IdsInput(third, "batch", "sequence");
        }

        File.WriteAllBytes(folder[at], writer
            .Output("logits", "batch", "2")
            .Constant("rows", [rows, 2], Rows.Take(rows).SelectMany(row => row).ToArray())
            .Constant("last", [1], [2L])
            .Constant("tokens", [1], [1L])
            .Node("Gather", ["rows", "input_ids"], "embedded")
            .Node("Cast", ["attention_mask"], "mask", [("to", 1)])
            .Node("Unsqueeze", ["mask", "last"], "wide")
            .Node("Mul", ["embedded", "wide"], "masked")
            .Node("ReduceSum", ["masked", "tokens"], "logits", [("keepdims", 0)])
            .ToBytes("test"));
        return folder.Path;
    }

    /// <summary>The logits of a text of known words.</summary>
    public static double[] Logits(string text)
    {
        int[] ids = [2, .. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => Math.Max(1, Array.IndexOf(Vocabulary, word))), 3];
        return [.. Enumerable.Range(0, 2).Select(label => ids.Sum(id => (double)Rows[id][label]))];
    }
}

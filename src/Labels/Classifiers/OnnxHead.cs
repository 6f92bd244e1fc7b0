using Microsoft.ML.OnnxRuntime;
using Tda.Labels.Onnx;

namespace Tda.Labels.Classifiers;

/// <summary>A <see cref="LinearHead"/> as an ONNX model: <c>embeddings</c> (batch, width) to <c>logits</c> and <c>probabilities</c>, by class.</summary>
internal sealed class OnnxHead : IDisposable
{
    private const string Input = "embeddings", LogitsName = "logits", ChancesName = "probabilities";

    private readonly InferenceSession _session;
    private readonly RunOptions _run = new();

    private OnnxHead(InferenceSession session) => _session = session;

    /// <summary>The model, as any ONNX Runtime runs it: of one logit the probability of the second class, of several softmax.</summary>
    public static byte[] Write(LinearHead head)
    {
        var (outputs, width) = (head.Weights.Length, head.Weights[0].Length);
        var size = outputs.ToString(CultureInfo.InvariantCulture);
        return new OnnxWriter()
            .Input(Input, "batch", width.ToString(CultureInfo.InvariantCulture))
            .Output(LogitsName, "batch", size)
            .Output(ChancesName, "batch", size)
            .Constant("weights", [outputs, width], head.Weights.SelectMany(row => row).ToArray())
            .Constant("bias", [outputs], head.Bias)
            .Node("Gemm", [Input, "weights", "bias"], LogitsName, [("transB", 1)])
            .Node(outputs == 1 ? "Sigmoid" : "Softmax", [LogitsName], ChancesName)
            .ToBytes("tda");
    }

    /// <summary>Opens what <see cref="Write"/> made.</summary>
    /// <exception cref="BadInputException">It is damaged, or takes vectors of another width.</exception>
    public static OnnxHead Open(byte[] bytes, string path, int width)
    {
        InferenceSession session;
        try
        {
            using var options = new SessionOptions { IntraOpNumThreads = 1, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
            session = new InferenceSession(bytes, options);
        }
        catch (OnnxRuntimeException error)
        {
            throw new BadInputException(path, $"can't be loaded by ONNX Runtime: {error.Message.Split('\n')[0]}", remedy: "Train the classifier again.", inner: error);
        }

        if (session.InputMetadata.GetValueOrDefault(Input)?.Dimensions is [_, var taken] && taken == width && session.OutputMetadata.ContainsKey(LogitsName))
        {
            return new OnnxHead(session);
        }

        session.Dispose();
        throw new BadInputException(path, $"isn't a head over {width} numbers", remedy: "Train the classifier again.");
    }

    /// <summary>The logits of vectors, all of one width.</summary>
    public double[][] Logits(IReadOnlyList<float[]> vectors)
    {
        using var input = OrtValue.CreateTensorValueFromMemory(vectors.SelectMany(vector => vector).ToArray(), [vectors.Count, vectors[0].Length]);
        using var outputs = _session.Run(_run, [Input], [input], [LogitsName]);
        var logits = outputs[0].GetTensorDataAsSpan<float>().ToArray();
        return [.. logits.Chunk(logits.Length / vectors.Count).Select(row => Array.ConvertAll(row, logit => (double)logit))];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _run.Dispose();
        _session.Dispose();
    }
}

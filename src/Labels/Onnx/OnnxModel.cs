using Microsoft.ML.OnnxRuntime;

namespace Tda.Labels.Onnx;

/// <summary>
/// A transformer over token ids, run by ONNX Runtime: <c>input_ids</c>, <c>attention_mask</c> and, where the model has them,
/// <c>token_type_ids</c>, all (batch, sequence), to one output of floats. Safe to call from several threads.
/// </summary>
public sealed class OnnxModel : IDisposable
{
    private const string Ids = "input_ids", Mask = "attention_mask", Types = "token_type_ids";

    private readonly InferenceSession _session;
    private readonly RunOptions _run = new();
    private readonly string _path;
    private readonly int _padding;

    private OnnxModel(string path, InferenceSession session, string output, int width, int padding)
    {
        (_path, _session, Output, Width, _padding) = (path, session, output, width, padding);
    }

    /// <summary>Name of the output that is read.</summary>
    public string Output { get; }

    /// <summary>Size of the output's last dimension.</summary>
    public int Width { get; }

    /// <summary>Opens a model.</summary>
    /// <param name="path">Where it is from, for errors.</param>
    /// <param name="bytes">The file; null reads <paramref name="path"/>, and what it refers to beside it.</param>
    /// <param name="rank">Dimensions of the output that is wanted: 3 for a vector a token, 2 for one a text.</param>
    /// <param name="padding">Token id that pads a batch.</param>
    /// <param name="threads">Threads of one operator, at least 1.</param>
    /// <exception cref="BadInputException">It isn't ONNX, is cut off, has other inputs, or no such output.</exception>
    public static OnnxModel Open(string path, byte[]? bytes, int rank, int padding, int threads)
    {
        InferenceSession session;
        try
        {
            using var options = new SessionOptions { IntraOpNumThreads = threads, InterOpNumThreads = 1, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
            options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0"); // threads that wait leave the cores to others
            session = bytes is null ? new InferenceSession(path, options) : new InferenceSession(bytes, options);
        }
        catch (OnnxRuntimeException error)
        {
            throw new BadInputException(path, $"can't be loaded by ONNX Runtime: {FirstLine(error)}", remedy: "Export the model again; a file that was cut off looks so too.", inner: error);
        }

        try
        {
            string[] unknown = [.. session.InputMetadata.Keys.Except([Ids, Mask, Types])];
            if (unknown.Length > 0 || !session.InputMetadata.ContainsKey(Ids))
            {
                throw new BadInputException(
                    path, $"its inputs are {string.Join(", ", session.InputMetadata.Keys)}; a text model takes {Ids}, {Mask} and perhaps {Types}",
                    remedy: "Export it for feature extraction or text classification.");
            }

            foreach (var (name, input) in session.InputMetadata)
            {
                if (input.ElementType != typeof(long) || input.Dimensions.Length != 2)
                {
                    throw new BadInputException(path, $"its input {name} isn't (batch, sequence) of int64");
                }
            }

            var output = session.OutputMetadata
                .Where(pair => pair.Value.ElementType == typeof(float) && pair.Value.Dimensions.Length == rank && pair.Value.Dimensions[^1] > 0)
                .Select(pair => (pair.Key, Width: pair.Value.Dimensions[^1]))
                .FirstOrDefault();
            return output.Key is { } read
                ? new OnnxModel(path, session, read, output.Width, padding)
                : throw new BadInputException(
                    path, $"has no output of float32 with {rank} dimensions and a known width; its outputs are {string.Join(", ", session.OutputMetadata.Keys)}",
                    remedy: rank == 2 ? "Export it for text classification." : "Export it for feature extraction.");
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Runs a batch, padded to its longest window.</summary>
    /// <param name="windows">Token ids of each.</param>
    /// <param name="read">
    /// Gets the output, row by row: (batch, <see cref="Width"/>), or (batch, sequence, <see cref="Width"/>) with the padding's rows in it; and
    /// the sequence's length.
    /// </param>
    /// <exception cref="BadInputException">A token id lies beyond the model's embedding, or the model fails otherwise.</exception>
    public T Run<T>(IReadOnlyList<int[]> windows, Func<ReadOnlySpan<float>, int, T> read)
    {
        var length = windows.Max(window => window.Length);
        long[] shape = [windows.Count, length];
        long[] ids = new long[windows.Count * length], mask = new long[ids.Length];
        Array.Fill(ids, _padding);
        for (var row = 0; row < windows.Count; row++)
        {
            for (var i = 0; i < windows[row].Length; i++)
            {
                ids[(row * length) + i] = windows[row][i];
                mask[(row * length) + i] = 1;
            }
        }

        using var idsValue = OrtValue.CreateTensorValueFromMemory(ids, shape);
        using var maskValue = OrtValue.CreateTensorValueFromMemory(mask, shape);
        using var typesValue = OrtValue.CreateTensorValueFromMemory(new long[ids.Length], shape);
        string[] names = [.. _session.InputMetadata.Keys];
        OrtValue[] values = [.. names.Select(name => name switch { Ids => idsValue, Mask => maskValue, _ => typesValue })];
        try
        {
            using var outputs = _session.Run(_run, names, values, [Output]);
            return read(outputs[0].GetTensorDataAsSpan<float>(), length);
        }
        catch (OnnxRuntimeException error) when (error.Message.Contains("indices element out of data bounds", StringComparison.Ordinal))
        {
            throw new BadInputException(
                _path, $"a token id or a position lies beyond the model's embedding (highest id {ids.Max()}, {length} tokens): the tokenizer isn't this model's, or windows are too long",
                remedy: "Put the tokenizer beside it that it was trained with.", inner: error);
        }
        catch (OnnxRuntimeException error)
        {
            throw new BadInputException(_path, $"the model fails on a batch of {windows.Count} windows of up to {length} tokens: {FirstLine(error)}", inner: error);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _run.Dispose();
        _session.Dispose();
    }

    private static string FirstLine(Exception error) => error.Message.Split('\n')[0].TrimEnd('.', ' ', '\r');
}

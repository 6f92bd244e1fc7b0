using System.Diagnostics;
using ParquetSharp;
using ParquetSharp.Arrow;
using Tda.Bench.Gateway.Processes;
using Tda.Curation.Formats;

namespace Tda.Bench.Curation;

/// <summary>Imports a file, or decompresses it and throws away what comes out, in a process of its own.</summary>
internal static class ImportWork
{
    /// <param name="options">An <see cref="ImportTask"/> as JSON.</param>
    public static async Task<int> RunAsync(string options)
    {
        var task = JsonSerializer.Deserialize<ImportTask>(options)!;
        var start = Stopwatch.GetTimestamp();
        var count = task.Discard ? await DiscardAsync(task) : Import(task);
        var run = new ImportRun(
            Stopwatch.GetElapsedTime(start).TotalSeconds,
            Environment.CpuUsage.TotalTime.TotalSeconds,
            ProcessStats.PeakBytes(Environment.ProcessId),
            count);
        Console.WriteLine(JsonSerializer.Serialize(run));
        return 0;
    }

    private static long Import(ImportTask task)
    {
        var report = new CorpusImporter(new TdaHome(task.Home), TimeProvider.System).Import(
            task.Path, "bench", new ImportOptions { Replace = true }, NullProgress.Instance, CancellationToken.None);
        return report.Documents;
    }

    private static async Task<long> DiscardAsync(ImportTask task)
    {
        if (task.Format.StartsWith("parquet", StringComparison.Ordinal))
        {
            return await DiscardParquetAsync(task.Path);
        }

        using var stream = CompressedFile.OpenRead(task.Path);
        var buffer = new byte[1 << 16];
        long bytes = 0;
        while (CompressedFile.Read(task.Path, stream, buffer, bytes) is > 0 and var read)
        {
            bytes += read;
        }

        return bytes;
    }

    /// <summary>As the importer reads, and no value of a row is looked at.</summary>
    private static async Task<long> DiscardParquetAsync(string path)
    {
        using var properties = ReaderProperties.GetDefaultReaderProperties();
        properties.EnableBufferedStream();
        properties.BufferSize = 1 << 20;
        properties.EnablePageChecksumVerification();
        using var arrow = ArrowReaderProperties.GetDefault();
        arrow.UseThreads = false;
        arrow.PreBuffer = false;
        arrow.BatchSize = 1024;
        using var file = new FileReader(path, properties, arrow);
        using var batches = file.GetRecordBatchReader();
        long rows = 0;
        while (await batches.ReadNextRecordBatchAsync() is { } batch)
        {
            rows += batch.Length;
            batch.Dispose();
        }

        return rows;
    }
}

/// <summary>What a child does.</summary>
internal sealed record ImportTask(string Path, string Format, bool Discard, string Home);

/// <summary>What a child measured: seconds, processor seconds of the whole process, its peak memory, and rows or bytes.</summary>
internal sealed record ImportRun(double Wall, double Cpu, long PeakBytes, long Count);

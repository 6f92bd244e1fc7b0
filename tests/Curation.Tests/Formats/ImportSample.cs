using Parquet;
using Parquet.Serialization;
using Tda.Curation.Formats;
using Tda.TestKit;
using ZstdSharp;

namespace Tda.Curation.Tests.Formats;

/// <summary>A folder of files to import, and the corpus that comes of them.</summary>
internal sealed class ImportSample : IDisposable
{
    private readonly TempDirectory _temp = new();
    private readonly TdaHome _home;

    public ImportSample() => _home = new TdaHome(_temp["home"]);

    public string this[string name] => _temp[name];

    public bool HasCorpus => Directory.Exists(_home.CorpusDirectory("c"));

    public string Write(string name, string text) => _temp.Write(name, text);

    public string Write(string name, byte[] bytes) => _temp.Write(name, bytes);

    public string WriteZstd(string name, string text)
    {
        using var compressor = new Compressor();
        return Write(name, compressor.Wrap(Encoding.UTF8.GetBytes(text)).ToArray());
    }

    /// <summary>Writes rows by Parquet.Net, which is another library than the one that reads them.</summary>
    public async Task<string> WriteParquetAsync<T>(string name, IEnumerable<T> rows, int rowsOfAGroup = 1_000_000, CompressionMethod codec = CompressionMethod.Snappy)
    {
        var path = _temp[name];
        await using var file = File.Create(path);
        await ParquetSerializer.SerializeAsync(rows, file, new ParquetOptions { RowGroupSize = rowsOfAGroup, CompressionMethod = codec });
        return path;
    }

    public ImportReport Import(string path, ImportOptions? options = null) =>
        new CorpusImporter(_home, new FakeTimeProvider()).Import(path, "c", options ?? new ImportOptions(), NullProgress.Instance, CancellationToken.None);

    public IReadOnlyList<Document> Documents() => [.. Corpus.Open(_home.CorpusDirectory("c")).Documents()];

    public void Dispose() => _temp.Dispose();
}

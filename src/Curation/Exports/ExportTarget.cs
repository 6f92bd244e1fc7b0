using System.Security.Cryptography;

namespace Tda.Curation.Exports;

/// <summary>Where an export goes: data and manifest appear at the commit, both or none; without one nothing is left.</summary>
internal abstract class ExportTarget : IDisposable
{
    /// <summary>What a file's manifest is called after the file's own name.</summary>
    public const string ManifestSuffix = "." + Manifest.FileName;

    /// <summary>Where the data is written.</summary>
    public abstract Stream Stream { get; }

    /// <summary>To be filled until <see cref="Commit"/>; outputs are filled by it.</summary>
    public abstract Manifest Manifest { get; }

    /// <param name="card">Makes the text of a folder's README.md.</param>
    public abstract void Commit(Func<string> card);

    /// <summary>Writes a file beside the data; only a folder has room for one.</summary>
    public virtual Task AddAsync(string name, Func<Stream, Task> write) => throw new InvalidOperationException("a file has no room for others");

    public abstract void Dispose();

    /// <exception cref="TdaException">The place can't be written.</exception>
    public static ExportTarget Create(CorpusExportOptions options, TimeProvider time) => options.As == CorpusExportFormat.Hf
        ? new FolderTarget(options.OutputPath, time, options.Replace)
        : new FileTarget(options.OutputPath, time);

    /// <summary>Before anything is written: may the place be used?</summary>
    /// <exception cref="UsageException">Something is there that isn't to be replaced, or that is no export.</exception>
    public static void RequireFree(CorpusExportOptions options)
    {
        var path = options.OutputPath;
        var folder = options.As == CorpusExportFormat.Hf;
        if (folder ? File.Exists(path) : Directory.Exists(path))
        {
            var clash = folder ? "file, and hf makes a folder" : "folder, and this format makes a file";
            throw new UsageException($"{path} is a {clash}. Choose another place (--out).");
        }

        if ((folder ? Directory.Exists(path) : File.Exists(path)) && !options.Replace)
        {
            throw new UsageException($"{path} exists already. Choose another place, or replace it (--replace).");
        }

        if (folder)
        {
            RequireOwnFolder(path, CorpusExporter.FormatName, CorpusExporter.Version);
        }
    }

    /// <summary>Before a folder of tables is written: may the place be used?</summary>
    /// <exception cref="UsageException">Something is there that isn't to be replaced, or that is no export of this kind.</exception>
    public static void RequireFreeFolder(string path, bool replace, string format, int version)
    {
        if (File.Exists(path))
        {
            throw new UsageException($"{path} is a file, and this export makes a folder. Choose another place (--out).");
        }

        if (Directory.Exists(path) && !replace)
        {
            throw new UsageException($"{path} exists already. Choose another place, or replace it (--replace).");
        }

        RequireOwnFolder(path, format, version);
    }

    /// <summary>What is replaced, and what a stopped export left, is removed with all that is in it: never a folder of somebody's own.</summary>
    private static void RequireOwnFolder(string path, string format, int version)
    {
        foreach (var taken in new[] { path, path + AtomicFileWriter.PartSuffix }.Where(Directory.Exists))
        {
            if (!IsExport(taken, format, version))
            {
                throw new UsageException(
                    $"{taken} is a folder that tda didn't export, and isn't replaced. Choose another place, or remove it yourself.");
            }
        }
    }

    private static bool IsExport(string folder, string format, int version)
    {
        try
        {
            ArtifactDirectory.Open(folder, format, version, verifyHashes: false);
            return true;
        }
        catch (BadInputException)
        {
            return false;
        }
    }

    /// <summary>One file, with <c>FILE.manifest.json</c> beside it.</summary>
    private sealed class FileTarget : ExportTarget
    {
        private readonly AtomicFileWriter _data;
        private readonly Stream? _compressing;
        private readonly string _path;

        public FileTarget(string path, TimeProvider time)
        {
            _path = path;
            _data = new AtomicFileWriter(path);
            _compressing = CompressedFile.Compressing(path, _data.Stream);
            Manifest = new Manifest { Format = CorpusExporter.FormatName, Version = CorpusExporter.Version, CreatedAt = time.GetUtcNow() };
        }

        public override Stream Stream => _compressing ?? _data.Stream;

        public override Manifest Manifest { get; }

        public override void Commit(Func<string> card)
        {
            // The manifest is on the disk before either has its name: a full disk leaves none of the two.
            _compressing?.Dispose();
            _data.Stream.Flush();
            _data.Stream.Position = 0;
            Manifest.Outputs[Path.GetFileName(_path)] = Convert.ToHexStringLower(SHA256.HashData(_data.Stream));
            using var manifest = new AtomicFileWriter(_path + ManifestSuffix);
            manifest.Write(JsonSerializer.SerializeToUtf8Bytes(Manifest, JsonDefaults.Indented));
            manifest.Write("\n"u8);
            manifest.Stream.Flush();
            _data.Commit();
            manifest.Commit();
        }

        public override void Dispose()
        {
            try
            {
                _compressing?.Dispose();
            }
            catch (IOException)
            {
                // A full disk: what was written is thrown away in any case.
            }

            _data.Dispose();
        }
    }

    /// <summary>A folder with a card, the data in it, and a manifest.</summary>
    private sealed class FolderTarget : ExportTarget
    {
        private readonly ArtifactDirectory _folder;
        private readonly AtomicFileWriter _data;

        public FolderTarget(string path, TimeProvider time, bool replace)
        {
            _folder = ArtifactDirectory.Create(path, CorpusExporter.FormatName, CorpusExporter.Version, time, replace);
            try
            {
                _data = new AtomicFileWriter(_folder.PathOf(DatasetCard.DataFile));
            }
            catch
            {
                _folder.Discard();
                throw;
            }
        }

        public override Stream Stream => _data.Stream;

        public override Manifest Manifest => _folder.Manifest;

        public override async Task AddAsync(string name, Func<Stream, Task> write)
        {
            using var file = new AtomicFileWriter(_folder.PathOf(name));
            await write(file.Stream);
            file.Commit();
        }

        public override void Commit(Func<string> card)
        {
            _data.Commit();
            AtomicFile.WriteText(_folder.PathOf(DatasetCard.FileName), card());
            _folder.Commit();
        }

        public override void Dispose()
        {
            _data.Dispose();
            _folder.Discard();
        }
    }
}

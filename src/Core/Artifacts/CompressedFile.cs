namespace Tda.Core.Artifacts;

/// <summary>
/// Reads files that may be gzip-compressed; the first bytes tell, not the name. See <see cref="CheckedGzipStream"/>.
/// </summary>
internal static class CompressedFile
{
    public static Stream OpenRead(string path)
    {
        var file = Open(path);
        try
        {
            Span<byte> magic = stackalloc byte[2];
            var read = file.ReadAtLeast(magic, 2, throwOnEndOfStream: false);
            file.Position = 0;
            if (read < 2 || magic[0] != 0x1f || magic[1] != 0x8b)
            {
                if (path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase))
                {
                    throw new BadInputException(path, "is not a gzip file: the first bytes aren't 1f 8b", 0);
                }

                return file;
            }

            return new CheckedGzipStream(file);
        }
        catch (IOException error)
        {
            file.Dispose();
            throw new BadInputException(path, $"can't be read: {error.Message}", 0, inner: error);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Reads into <paramref name="buffer"/>; an I/O or format error names path and offset.</summary>
    public static int Read(string path, Stream stream, Span<byte> buffer, long offset)
    {
        try
        {
            return stream.Read(buffer);
        }
        catch (InvalidDataException error)
        {
            throw new BadInputException(path, $"the gzip data is truncated or corrupt: {error.Message}", offset, "Fetch or make the file again.", error);
        }
        catch (IOException error)
        {
            throw new BadInputException(path, $"can't be read: {error.Message}", offset, inner: error);
        }
    }

    private static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException(path, $"can't be opened: {error.Message}", inner: error);
        }
    }
}

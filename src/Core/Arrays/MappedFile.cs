using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace Tda.Core.Arrays;

/// <summary>
/// A file mapped into memory, read-only. Spans stay valid until it is disposed of; the file must not shrink meanwhile,
/// which Tda's writers never do (they replace by rename).
/// </summary>
internal sealed unsafe class MappedFile : IDisposable
{
    private readonly MemoryMappedFile? _file;
    private readonly MemoryMappedViewAccessor? _view;
    private byte* _start;

    /// <exception cref="BadInputException">The file can't be opened.</exception>
    public MappedFile(string path)
    {
        Path = path;
        try
        {
            Length = new FileInfo(path).Length;
            if (Length == 0)
            {
                return; // an empty file can't be mapped
            }

            _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, mapName: null, 0, MemoryMappedFileAccess.Read);
            _view = _file.CreateViewAccessor(0, Length, MemoryMappedFileAccess.Read);
            _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
            _start += _view.PointerOffset;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            Dispose();
            throw new BadInputException(path, $"can't be opened: {error.Message}", inner: error);
        }
    }

    public string Path { get; }

    public long Length { get; }

    /// <param name="offset">In bytes.</param>
    /// <param name="count">In elements: up to 2³¹ − 1 elements of any size.</param>
    public ReadOnlySpan<T> Span<T>(long offset, int count)
        where T : unmanaged
    {
        ObjectDisposedException.ThrowIf(_start == null && Length > 0, this);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)count * sizeof(T), Length - offset);
        return MemoryMarshal.CreateReadOnlySpan(ref *(T*)(_start + offset), count);
    }

    public void Dispose()
    {
        if (_start != null)
        {
            _start = null;
            _view!.SafeMemoryMappedViewHandle.ReleasePointer();
        }

        _view?.Dispose();
        _file?.Dispose();
    }
}

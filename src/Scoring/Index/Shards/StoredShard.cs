using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Tda.Core.Arrays;

namespace Tda.Scoring.Index.Shards;

/// <summary>
/// One shard. It is memory-mapped, for what looks at single rows; passes over all rows copy them piece by piece with <see cref="Read"/>.
/// Spans are valid until it is disposed of. Rows are checked when they are first asked for.
/// </summary>
internal sealed class StoredShard : IDisposable
{
    private delegate ReadOnlySpan<byte> RawRows(long first, int count);

    private readonly string _directory;
    private readonly int _shard;
    private readonly RawRows _raw;
    private readonly IDisposable _numbers;
    private readonly SafeFileHandle? _file;
    private readonly NpyArray<float>? _scales;
    private readonly NpyArray<int>? _documents;
    private readonly NpyArray<uint>? _checksums;
    private readonly ShardChecks? _checks;

    /// <summary>Opens a shard.</summary>
    /// <param name="directory">Where it is.</param>
    /// <param name="shard">Its number.</param>
    /// <param name="layout">What a row looks like.</param>
    /// <param name="checks">What was checked of it before; null: nothing is checked but the files' shapes and lengths.</param>
    /// <exception cref="BadInputException">A file is missing, truncated, or disagrees with the others or the manifest.</exception>
    public StoredShard(string directory, int shard, StoreLayout layout, ShardChecks? checks = null)
    {
        (_directory, _shard, Layout, _checks) = (directory, shard, layout, checks);
        (_raw, _numbers, Rows, DataOffset) = layout.Storage switch
        {
            StorageType.Float16 => Open<Half>(),
            StorageType.Int8 => Open<sbyte>(),
            _ => Open<float>(),
        };
        try
        {
            _file = File.OpenHandle(PathOf(ShardNames.Numbers(shard)), options: FileOptions.SequentialScan);
            if (layout.ScaleCount > 0)
            {
                _scales = Beside<float>(ShardNames.Scales(shard), Rows, layout.ScaleCount);
            }

            _checksums = Beside<uint>(ShardNames.Checksums(shard), Rows);
            _documents = Beside<int>(ShardNames.Documents(shard), Rows);
            checks?.RequireFile(ShardNames.Checksums(shard));
            checks?.RequireFile(ShardNames.Documents(shard));
            checks?.Expect(Rows, layout);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public StoreLayout Layout { get; }

    public int Rows { get; }

    /// <summary>Where the first row stands in the shard's file.</summary>
    public long DataOffset { get; }

    /// <summary>Rows as they are stored.</summary>
    /// <exception cref="BadInputException">One of them is damaged: says which.</exception>
    public ReadOnlySpan<byte> Raw(int first, int count)
    {
        if (_checks is not null)
        {
            Require(first, count);
        }

        return _raw(first, count);
    }

    /// <summary>
    /// Copies rows as they are stored. A piece that fits in the cache costs one call, where mapped pages cost a fault each: three times
    /// as fast, or more, for one pass (docs/decisions/0017). What was copied is what is checked.
    /// </summary>
    /// <param name="first">The first row.</param>
    /// <param name="count">How many.</param>
    /// <param name="target">count·<see cref="StoreLayout.RowBytes"/> bytes.</param>
    /// <exception cref="BadInputException">The file was truncated meanwhile, or a row is damaged: says which.</exception>
    public void Read(int first, int count, Span<byte> target)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)first + count, Rows);
        var at = DataOffset + ((long)first * Layout.RowBytes);
        target = target[..checked(count * Layout.RowBytes)];
        for (var rest = target; !rest.IsEmpty;)
        {
            var read = RandomAccess.Read(_file!, rest, at);
            if (read == 0)
            {
                throw new BadInputException(PathOf(ShardNames.Numbers(_shard)), "ends before its last row", at, "Make the index again.");
            }

            rest = rest[read..];
            at += read;
        }
        if (_checks is not null)
        {
            Require(first, count, target);
        }
    }

    /// <summary>Stored numbers of rows.</summary>
    public ReadOnlySpan<T> Raw<T>(int first, int count)
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(Raw(first, count));

    /// <summary>Scales of rows; empty where there are none.</summary>
    public ReadOnlySpan<float> Scales(int first, int count) =>
        _scales is null ? [] : _scales.Span((long)first * Layout.ScaleCount, count * Layout.ScaleCount);

    /// <summary>Documents of rows.</summary>
    public ReadOnlySpan<int> Documents(int first, int count) => _documents!.Span(first, count);

    /// <summary>Ids and token ranges.</summary>
    public IEnumerable<IndexRow> Lines()
    {
        _checks?.RequireFile(ShardNames.Rows(_shard));
        return JsonLines.Read<IndexRow>(PathOf(ShardNames.Rows(_shard)));
    }

    /// <summary>Checks every row's checksum and the list of rows.</summary>
    /// <returns>The first damage, or null.</returns>
    public ShardFault? Check()
    {
        var step = ShardChecks.GroupRows(Layout);
        for (var first = 0; first < Rows; first += step)
        {
            if (Damage(first, Math.Min(step, Rows - first), _raw(first, Math.Min(step, Rows - first))) is { } damage)
            {
                return damage;
            }
        }
        var at = 0;
        foreach (var line in Lines())
        {
            if (at >= Rows || line.Document != Documents(at, 1)[0])
            {
                return new ShardFault(_shard, PathOf(ShardNames.Rows(_shard)), null, $"line {at + 1} disagrees with the shard's documents");
            }

            at++;
        }
        return at == Rows ? null : new ShardFault(_shard, PathOf(ShardNames.Rows(_shard)), null, $"has {at} lines, the shard has {Rows} rows");
    }

    public void Dispose()
    {
        _numbers.Dispose();
        _file?.Dispose();
        _scales?.Dispose();
        _documents?.Dispose();
        _checksums?.Dispose();
    }

    private void Require(int first, int count)
    {
        var rows = ShardChecks.GroupRows(Layout);
        for (var group = first / rows; group * rows < first + count; group++)
        {
            if (_checks!.IsWhole(group))
            {
                continue;
            }

            var own = Math.Min(rows, Rows - (group * rows));
            Refuse(Damage(group * rows, own, _raw(group * rows, own)));
            _checks.MarkWhole(group);
        }
    }

    // Rows of groups that other rows belong to as well are checked each time.
    private void Require(int first, int count, ReadOnlySpan<byte> copied)
    {
        var rows = ShardChecks.GroupRows(Layout);
        for (int at = first, end = first + count; at < end;)
        {
            var group = at / rows;
            var next = Math.Min(end, (group + 1) * rows);
            if (!_checks!.IsWhole(group))
            {
                Refuse(Damage(at, next - at, copied.Slice((at - first) * Layout.RowBytes, (next - at) * Layout.RowBytes)));
                if (at == group * rows && (next == (group + 1) * rows || next == Rows))
                {
                    _checks.MarkWhole(group);
                }
            }
            at = next;
        }
    }

    private static void Refuse(ShardFault? damage)
    {
        if (damage is not null)
        {
            throw new BadInputException(
                damage.Path, damage.Reason, damage.Offset,
                "See tda index verify; with --set-apart the other shards can be used. Or make the index again.");
        }
    }

    private ShardFault? Damage(int first, int count, ReadOnlySpan<byte> stored) =>
        RowChecksum.FirstDamaged(stored, Scales(first, count), _checksums!.Span(first, count)) is >= 0 and var row
            ? new ShardFault(
                _shard, PathOf(ShardNames.Numbers(_shard)), DataOffset + ((long)(first + row) * Layout.RowBytes),
                $"row {first + row} doesn't have the checksum that was written with it")
            : null;

    private (RawRows Rows, IDisposable Array, int Count, long Offset) Open<T>()
        where T : unmanaged
    {
        var path = PathOf(ShardNames.Numbers(_shard));
        var array = NpyArray<T>.Open(path);
        if (array.Shape.Count == 2 && array.Shape[1] == Layout.Numbers && array.Rows <= int.MaxValue)
        {
            return (
                (first, count) => MemoryMarshal.AsBytes(array.Span(first * Layout.Numbers, checked(count * Layout.Numbers))),
                array, (int)array.Rows, array.DataOffset);
        }

        var shape = string.Join(", ", array.Shape);
        array.Dispose();
        throw Disagrees(path, $"has shape ({shape}), but the manifest says rows of {Layout.Numbers}");
    }

    private NpyArray<T> Beside<T>(string name, params long[] shape)
        where T : unmanaged
    {
        var array = NpyArray<T>.Open(PathOf(name));
        if (array.Shape.SequenceEqual(shape))
        {
            return array;
        }

        var actual = string.Join(", ", array.Shape);
        array.Dispose();
        throw Disagrees(PathOf(name), $"has shape ({actual}), but the shard needs ({string.Join(", ", shape)})");
    }

    private string PathOf(string name) => Path.Combine(_directory, name);

    private static BadInputException Disagrees(string path, string reason) =>
        new(path, reason, remedy: "See tda index verify, or make the index again.");
}

/// <summary>Where a shard is damaged.</summary>
/// <param name="Shard">Its number.</param>
/// <param name="Path">The file.</param>
/// <param name="Offset">The first bad byte's row, in bytes from the file's start; null where the whole file is meant.</param>
/// <param name="Reason">What is wrong.</param>
public sealed record ShardFault(int Shard, string Path, long? Offset, string Reason);

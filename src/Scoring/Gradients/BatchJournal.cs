using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Tda.Scoring.Gradients;

/// <summary>
/// What the batches of a job came to, kept so that the same job, run again after a kill or Ctrl+C, reads it instead of computing it. The
/// same question asks for the same passes and batches in the same order, so a journal is read from its beginning until it ends. It is
/// appended to once a minute and when a job ends early, so that a short job writes nothing.
/// <para>
/// Keeping never fails a job: a damaged journal is read as far as it is sound, and where none can be written the job goes on without.
/// </para>
/// </summary>
public sealed class BatchJournal : IDisposable
{
    internal const string Format = "tda.batches";
    internal const int Version = 1;
    internal const string FileName = "batches.journal";

    private const string Question = "question";
    private const int HeaderBytes = 8;
    private const int MostUnwritten = 256 << 20;
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly string _directory;
    private readonly string _question;
    private readonly IProgressSink _progress;
    private readonly TimeProvider _time;
    private readonly MemoryStream _unwritten = new();
    private ArtifactDirectory? _work;
    private FileStream? _file;
    private byte[] _block = []; // being read
    private int _at;
    private bool _reads;
    private bool _writes = true;
    private long _written;
    private long _kept;
    private int _passes;

    private BatchJournal(string directory, string question, IProgressSink progress, TimeProvider time)
    {
        (_directory, _question, _progress, _time) = (directory, question, progress, time);
        _written = _kept = time.GetTimestamp();
    }

    /// <summary>Takes up the unfinished work of a question, where there is some.</summary>
    /// <param name="directory">Its work is <c>directory.part</c>, which is made when there is something to keep.</param>
    /// <param name="question">Hash of everything that determines the numbers; work of another question is thrown away.</param>
    /// <param name="progress">Told of unfinished work, and of what prevents keeping any.</param>
    /// <param name="time">Says when to write.</param>
    public static BatchJournal Open(string directory, string question, IProgressSink progress, TimeProvider time)
    {
        var journal = new BatchJournal(directory, question, progress, time);
        if (Directory.Exists(directory + AtomicFileWriter.PartSuffix))
        {
            journal.Guard(journal.TakeUp);
        }

        return journal;
    }

    /// <summary>Throws the work away: its result is written.</summary>
    public void Finish()
    {
        (_reads, _writes) = (false, false);
        _file?.Dispose();
        try
        {
            _work?.Discard();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _progress.Message($"{_directory + AtomicFileWriter.PartSuffix} can't be removed, tda gc will: {error.Message}");
        }
    }

    /// <summary>Without <see cref="Finish"/>, keeps what was done for the next run of the same job.</summary>
    public void Dispose()
    {
        Write();
        _file?.Dispose();
        _work?.Dispose();
    }

    /// <summary>Begins the job's next pass; what it computes is part of its batches' keys.</summary>
    internal uint Begin(string pass) => Crc32C.Add(Crc32C.Start, Encoding.UTF8.GetBytes($"{_passes++} {pass} "));

    /// <summary>The key of batches of a pass: which documents, of which length.</summary>
    internal static uint KeyOf(uint pass, IRowSource rows, IReadOnlyList<RowBatch> batches) => batches.SelectMany(b => b.Rows).Aggregate(
        pass, (state, r) => Crc32C.Add(state, MemoryMarshal.AsBytes((ReadOnlySpan<int>)[rows.DocumentOf(r), rows.PositionsOf(r)])));

    /// <summary>The numbers of the next batches; null when they have to be computed, and so has all that comes after them.</summary>
    internal float[][]? Next(uint key, int batches)
    {
        if (_reads && _at == _block.Length)
        {
            Guard(ReadBlock);
        }

        if (!_reads)
        {
            return null;
        }

        var start = _at;
        if (Number() != (int)key || Number() != batches)
        {
            // The block is sound, so this is no damage: what was read of it is right, the rest belongs to other batches.
            _unwritten.Write(_block, 0, start);
            EndReading("holds other batches");
            return null;
        }

        var numbers = new float[batches][];
        for (var b = 0; b < batches; b++)
        {
            numbers[b] = new float[Number()];
            var bytes = MemoryMarshal.AsBytes(numbers[b].AsSpan());
            _block.AsSpan(_at, bytes.Length).CopyTo(bytes);
            _at += bytes.Length;
        }
        return numbers;
    }

    /// <summary>Keeps the numbers of batches that were computed.</summary>
    internal void Add(uint key, IReadOnlyList<float[]> batches)
    {
        if (!_writes)
        {
            return;
        }

        _unwritten.Write(MemoryMarshal.AsBytes((ReadOnlySpan<int>)[(int)key, batches.Count]));
        foreach (var numbers in batches)
        {
            _unwritten.Write(MemoryMarshal.AsBytes((ReadOnlySpan<int>)[numbers.Length]));
            _unwritten.Write(MemoryMarshal.AsBytes(numbers.AsSpan()));
        }

        if (_unwritten.Length > MostUnwritten || _time.GetElapsedTime(_written) >= Interval)
        {
            Write();
        }
    }

    /// <summary>Keeps a state that a job goes on from, in place of an older one of that name: at once, or if the last one is a minute old.</summary>
    /// <param name="name">Name of its file.</param>
    /// <param name="write">Writes it to a path, whole or not at all.</param>
    /// <param name="now">Whether it is kept in any case.</param>
    internal void Keep(string name, Action<string> write, bool now)
    {
        if (!_writes || (!now && _time.GetElapsedTime(_kept) < Interval))
        {
            return;
        }

        Guard(() =>
        {
            if (_work is null)
            {
                Create();
            }

            write(_work!.PathOf(name));
        });
        _kept = _time.GetTimestamp();
    }

    /// <summary>Where an earlier run of the same job kept a state; null: nowhere.</summary>
    internal string? Kept(string name) => _work is { } work && File.Exists(work.PathOf(name)) ? work.PathOf(name) : null;

    private void TakeUp()
    {
        try
        {
            _work = ArtifactDirectory.Resume(_directory, Format, Version, _time);
        }
        catch (BadInputException error)
        {
            _progress.Message($"Unfinished work is damaged: starting anew. {error.Message}");
            Create();
            return;
        }

        if (_work.Manifest.Inputs.GetValueOrDefault(Question) != _question)
        {
            _work.Dispose();
            Create();
            return;
        }

        if (!File.Exists(_work.PathOf(FileName)))
        {
            return; // states alone
        }

        _file = new FileStream(_work.PathOf(FileName), FileMode.Open, FileAccess.ReadWrite, FileShare.Read, bufferSize: 1);
        _reads = true;
        ReadBlock();
        if (_reads)
        {
            _progress.Message("Going on with unfinished work on the same question.");
        }
    }

    private void Create()
    {
        _work = ArtifactDirectory.Create(_directory, Format, Version, _time);
        _work.Manifest.Inputs[Question] = _question;
        _work.SaveManifest();
    }

    // A block: its length, never 0, and its CRC-32C, then batches. At the journal's end reading ends, and it is written to.
    private void ReadBlock()
    {
        (_block, _at) = ([], 0);
        var start = _file!.Position;
        if (start == _file.Length)
        {
            _reads = false;
            return;
        }

        var header = new byte[HeaderBytes];
        var length = _file.ReadAtLeast(header, HeaderBytes, throwOnEndOfStream: false) < HeaderBytes ? -1 : BinaryPrimitives.ReadInt32LittleEndian(header);
        if (length > 0 && length <= _file.Length - _file.Position)
        {
            var block = new byte[length];
            _file.ReadExactly(block);
            if (Crc32C.Finish(Crc32C.Add(Crc32C.Start, block)) == BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(sizeof(int))))
            {
                _block = block;
                return;
            }
        }

        _file.Position = start;
        EndReading("is damaged");
    }

    private void EndReading(string why)
    {
        var start = _file!.Position - (_block.Length == 0 ? 0 : HeaderBytes + _block.Length);
        _progress.Message($"Unfinished work {why} from byte {start:N0} of {_file.Name} on: the rest is computed anew.");
        (_reads, _block, _at) = (false, [], 0);
        Guard(() =>
        {
            _file.SetLength(start);
            _file.Position = start;
        });
    }

    private int Number()
    {
        var number = BinaryPrimitives.ReadInt32LittleEndian(_block.AsSpan(_at));
        _at += sizeof(int);
        return number;
    }

    private void Write()
    {
        if (_writes && _unwritten.Length > 0)
        {
            Guard(() =>
            {
                if (_work is null)
                {
                    Create();
                }

                _file ??= new FileStream(_work!.PathOf(FileName), FileMode.Create, FileAccess.ReadWrite, FileShare.Read, bufferSize: 1);
                var block = _unwritten.GetBuffer().AsSpan(0, (int)_unwritten.Length);
                var header = new byte[HeaderBytes];
                BinaryPrimitives.WriteInt32LittleEndian(header, block.Length);
                BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(sizeof(int)), Crc32C.Finish(Crc32C.Add(Crc32C.Start, block)));
                _file.Write(header);
                _file.Write(block);
                _file.Flush(flushToDisk: true);
            });
        }

        _unwritten.SetLength(0);
        _written = _time.GetTimestamp();
    }

    // A block that is half written is found by its checksum.
    private void Guard(Action keep)
    {
        try
        {
            keep();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or TdaException)
        {
            (_reads, _writes) = (false, false);
            _progress.Message($"From here on nothing is kept for the case that this run is stopped: {error.Message}");
        }
    }
}

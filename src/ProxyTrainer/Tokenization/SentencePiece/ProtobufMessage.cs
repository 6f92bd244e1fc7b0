using System.Buffers.Binary;

namespace Tda.ProxyTrainer.Tokenization.SentencePiece;

/// <summary>
/// A protobuf message by the numbers of its fields, as the wire has it (varints, 32 and 64 bits, and lengths); of a field that stands
/// several times the last counts, unless all are asked for.
/// </summary>
internal sealed class ProtobufMessage
{
    private readonly Dictionary<int, List<ReadOnlyMemory<byte>>> _bytes = [];
    private readonly Dictionary<int, ulong> _numbers = [];

    /// <exception cref="FormatException">Cut short, or not a message: says where.</exception>
    public ProtobufMessage(ReadOnlyMemory<byte> message)
    {
        for (var at = 0; at < message.Length;)
        {
            var start = at;
            var key = Varint(message.Span, ref at);
            var field = (int)(key >> 3);
            switch (key & 7)
            {
                case 0:
                    _numbers[field] = Varint(message.Span, ref at);
                    break;
                case 1:
                    _numbers[field] = BinaryPrimitives.ReadUInt64LittleEndian(Take(message, 8, ref at).Span);
                    break;
                case 2:
                    var bytes = Take(message, Varint(message.Span, ref at), ref at);
                    (_bytes.TryGetValue(field, out var all) ? all : _bytes[field] = []).Add(bytes);
                    break;
                case 5:
                    _numbers[field] = BinaryPrimitives.ReadUInt32LittleEndian(Take(message, 4, ref at).Span);
                    break;
                default:
                    throw new FormatException($"byte {start} begins no field");
            }
        }
    }

    public long Number(int field, long otherwise) => _numbers.TryGetValue(field, out var number) ? (long)number : otherwise;

    public float Float(int field) => BitConverter.UInt32BitsToSingle((uint)_numbers.GetValueOrDefault(field));

    public ReadOnlySpan<byte> Bytes(int field) => _bytes.TryGetValue(field, out var all) ? all[^1].Span : [];

    public ProtobufMessage Message(int field) => new(_bytes.TryGetValue(field, out var all) ? all[^1] : default);

    public IEnumerable<ProtobufMessage> Messages(int field) => _bytes.GetValueOrDefault(field, []).Select(bytes => new ProtobufMessage(bytes));

    private static ReadOnlyMemory<byte> Take(ReadOnlyMemory<byte> message, ulong length, ref int at)
    {
        if (length > (ulong)(message.Length - at))
        {
            throw new FormatException($"a field at byte {at} is longer than what is left");
        }

        var taken = message.Slice(at, (int)length);
        at += (int)length;
        return taken;
    }

    private static ulong Varint(ReadOnlySpan<byte> message, ref int at)
    {
        var value = 0UL;
        for (var shift = 0; shift < 64 && at < message.Length; shift += 7)
        {
            var next = message[at++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw new FormatException($"a number ends beyond byte {at}");
    }
}

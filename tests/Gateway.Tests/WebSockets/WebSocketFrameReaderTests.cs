using System.Buffers.Binary;
using FsCheck.Fluent;
using Tda.Gateway.WebSockets;
using Property = Tda.TestKit.Property;

namespace Tda.Gateway.Tests.WebSockets;

/// <summary>The reader against a slow and plain one, which is given all bytes at once.</summary>
public class WebSocketFrameReaderTests
{
    private const int Limit = 1 << 20;

    [Fact]
    public void TryRead_AnyFramesInAnyPieces_SameAsThePlainReader()
    {
        Property.Holds(Gen.Choose(0, int.MaxValue).Select(seed => new Random(seed)).Select(Conversation.Of), one =>
        {
            var expected = PlainReader.Read(one.Bytes, compressed: true);
            Assert.Equal(expected, Read(one.Bytes, one.Cuts));
            Assert.Equal(one.Messages, expected.Take(one.Messages.Count));
        });
    }

    [Fact]
    public void TryRead_CutAtEveryPlace_SameMessages()
    {
        byte[] bytes =
        [
            .. Frame(1, "Grü"u8, final: false, mask: 0xA1B2C3D4), .. Frame(9, "are you there"u8, mask: 7), .. Frame(0, "ße"u8, mask: 0x01020304),
            .. Frame(2, new byte[300]), .. Frame(1, new byte[70_000]), .. Frame(1, []), .. Frame(8, [0x03, 0xE8, .. "bye"u8]),
        ];
        var whole = Read(bytes, []);
        Assert.Equal(
            [WebSocketKind.Ping, WebSocketKind.Text, WebSocketKind.Binary, WebSocketKind.Text, WebSocketKind.Text, WebSocketKind.Close],
            whole.Select(message => message.Kind));
        Assert.Equal(Convert.ToHexString("Grüße"u8), whole[1].Payload);

        for (var cut = 1; cut < Math.Min(bytes.Length, 400); cut++)
        {
            Assert.Equal(whole, Read(bytes, [cut]));
        }

        Assert.Equal(whole, Read(bytes, [.. Enumerable.Range(1, bytes.Length - 1)]));
    }

    [Theory]
    [InlineData(0x83, 0x00)] // an opcode that is none
    [InlineData(0x80, 0x00)] // a continuation of nothing
    [InlineData(0xA1, 0x00)] // a bit of an extension that nobody agreed on
    [InlineData(0xC9, 0x00)] // a packed control frame
    [InlineData(0x09, 0x00)] // a fragmented control frame
    [InlineData(0x89, 0x7E)] // a control frame that is too long
    public void TryRead_NoFrame_TheBytesAsTheyAre(byte first, byte second)
    {
        byte[] bytes = [.. Frame(1, "ok"u8), first, second, 1, 2, 3];

        var read = Read(bytes, []);

        Assert.Equal((WebSocketKind.Text, Convert.ToHexString("ok"u8)), (read[0].Kind, read[0].Payload));
        Assert.All(read.Skip(1), message => Assert.Equal(WebSocketKind.Raw, message.Kind));
        Assert.Equal(Convert.ToHexString(bytes.AsSpan(4)), string.Concat(read.Skip(1).Select(message => message.Payload)));
    }

    [Fact]
    public void TryRead_LongerThanTheLimit_BeginningAndLength()
    {
        var read = Read([.. Frame(1, new byte[10], final: false), .. Frame(0, new byte[15]), .. Frame(1, "next"u8)], [], limit: 20);

        Assert.Equal([(40, 25L, true), (8, 4L, false)], read.Select(message => (message.Payload.Length, message.Length, message.Cut)));
    }

    [Fact]
    public void TryComplete_EndInsideAMessage_WhatCame()
    {
        var read = Read([.. Frame(1, "Hel"u8, final: false), .. Frame(9, []), .. Frame(0, "lo!"u8)[..^1]], []);

        Assert.Equal([(WebSocketKind.Ping, "", false), (WebSocketKind.Text, Convert.ToHexString("Hello"u8), true)], read.Select(message => (message.Kind, message.Payload, message.Cut)));
    }

    /// <summary>A frame; a mask of 0 leaves it unmasked.</summary>
    internal static byte[] Frame(int opcode, ReadOnlySpan<byte> payload, bool final = true, uint mask = 0, bool packed = false)
    {
        var bytes = new List<byte> { (byte)((final ? 0x80 : 0) | (packed ? 0x40 : 0) | opcode) };
        var masked = mask == 0 ? 0 : 0x80;
        if (payload.Length < 126)
        {
            bytes.Add((byte)(masked | payload.Length));
        }
        else if (payload.Length <= ushort.MaxValue)
        {
            bytes.AddRange([(byte)(masked | 126), (byte)(payload.Length >> 8), (byte)payload.Length]);
        }
        else
        {
            var length = new byte[8];
            BinaryPrimitives.WriteInt64BigEndian(length, payload.Length);
            bytes.AddRange([(byte)(masked | 127), .. length]);
        }

        var key = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(key, mask);
        if (mask != 0)
        {
            bytes.AddRange(key);
        }

        for (var i = 0; i < payload.Length; i++)
        {
            bytes.Add((byte)(payload[i] ^ key[i % 4]));
        }

        return [.. bytes];
    }

    private static List<Message> Read(byte[] bytes, int[] cuts, int limit = Limit)
    {
        var reader = new WebSocketFrameReader(compressed: true, limit);
        var read = new List<Message>();
        var from = 0;
        foreach (var cut in cuts.Append(bytes.Length))
        {
            ReadOnlySpan<byte> piece = bytes.AsSpan(from, cut - from);
            from = cut;
            while (reader.TryRead(ref piece, out var one))
            {
                Add(one);
            }
        }

        while (reader.TryComplete(out var one))
        {
            Add(one);
        }

        return read;

        void Add(WebSocketFrames one)
        {
            // Raw bytes come in the pieces in which they were read.
            if (one.Kind == WebSocketKind.Raw && read.Count > 0 && read[^1].Kind == WebSocketKind.Raw)
            {
                read[^1] = new(one.Kind, read[^1].Payload + Convert.ToHexString(one.Payload), read[^1].Length + one.Length, false, false);
                return;
            }

            read.Add(new(one.Kind, Convert.ToHexString(one.Payload), one.Length, one.Packed, one.Cut));
        }
    }

    private sealed record Message(WebSocketKind Kind, string Payload, long Length, bool Packed, bool Cut);

    /// <summary>Frames as a client might send them, and the messages that they carry.</summary>
    private sealed record Conversation(byte[] Bytes, List<Message> Messages, int[] Cuts)
    {
        public static Conversation Of(Random random)
        {
            var bytes = new List<byte>();
            var messages = new List<Message>();
            for (var i = random.Next(8); i > 0; i--)
            {
                var kind = random.Next(3) == 0 ? WebSocketKind.Binary : WebSocketKind.Text;
                var packed = random.Next(4) == 0;
                var payload = Noise(random, random.Next(6) == 0 ? 70_000 : random.Next(3) == 0 ? 200 : 20);
                var parts = random.Next(1, 4);
                for (var (part, at) = (0, 0); part < parts; part++)
                {
                    if (random.Next(5) == 0)
                    {
                        var control = (WebSocketKind)random.Next(8, 11);
                        var note = Noise(random, 126);
                        bytes.AddRange(Frame((int)control, note, mask: Mask(random)));
                        messages.Add(new(control, Convert.ToHexString(note), note.Length, false, false));
                    }

                    var length = part == parts - 1 ? payload.Length - at : random.Next(payload.Length - at + 1);
                    bytes.AddRange(Frame(part == 0 ? (int)kind : 0, payload.AsSpan(at, length), part == parts - 1, Mask(random), packed && part == 0));
                    at += length;
                }

                messages.Add(new(kind, Convert.ToHexString(payload), payload.Length, packed, false));
            }

            if (random.Next(4) == 0)
            {
                // And now and then what is no frame, or only the beginning of one.
                bytes.AddRange(Noise(random, 40));
            }

            var cuts = Enumerable.Range(0, random.Next(30)).Select(_ => random.Next(bytes.Count + 1)).Order().ToArray();
            return new([.. bytes], messages, cuts);
        }

        private static uint Mask(Random random) => random.Next(3) == 0 ? 0 : (uint)random.Next(1, int.MaxValue);

        private static byte[] Noise(Random random, int below)
        {
            var noise = new byte[random.Next(below)];
            random.NextBytes(noise);
            return noise;
        }
    }

    /// <summary>RFC 6455, 5.2, word by word, over all bytes at once.</summary>
    private static class PlainReader
    {
        public static List<Message> Read(byte[] bytes, bool compressed)
        {
            var read = new List<Message>();
            var fragments = new List<byte>();
            WebSocketKind? kind = null;
            var packed = false;
            var at = 0;
            while (at < bytes.Length)
            {
                var start = at;
                if (!TryHead(bytes, ref at, out var fin, out var rsv, out var opcode, out var mask, out var length))
                {
                    // Only a head's beginning.
                    End();
                    read.Add(Raw(bytes[start..]));
                    return read;
                }

                var isControl = opcode >= 8;
                var legal = isControl ? opcode <= 10 && fin && rsv == 0 && length <= 125
                    : opcode == 0 ? kind is not null && rsv == 0
                    : opcode <= 2 && kind is null && (rsv == 0 || (rsv == 4 && compressed));
                if (!legal || length < 0)
                {
                    End();
                    read.Add(Raw(bytes[start..]));
                    return read;
                }

                var payload = bytes[at..(int)Math.Min(bytes.Length, at + length)];
                for (var i = 0; i < payload.Length; i++)
                {
                    payload[i] ^= mask[i % 4];
                }

                at += payload.Length;
                if (!isControl && opcode != 0)
                {
                    (kind, packed) = ((WebSocketKind)opcode, rsv == 4);
                }

                if (payload.Length < length)
                {
                    fragments.AddRange(isControl ? [] : payload);
                    End();
                    return read;
                }

                if (isControl)
                {
                    read.Add(new((WebSocketKind)opcode, Convert.ToHexString(payload), payload.Length, false, false));
                    continue;
                }

                fragments.AddRange(payload);
                if (fin)
                {
                    read.Add(new(kind!.Value, Convert.ToHexString([.. fragments]), fragments.Count, packed, false));
                    kind = null;
                    fragments.Clear();
                }
            }

            End();
            return read;

            void End()
            {
                if (kind is { } open)
                {
                    read.Add(new(open, Convert.ToHexString([.. fragments]), fragments.Count, packed, true));
                }
            }
        }

        private static bool TryHead(byte[] bytes, ref int at, out bool fin, out int rsv, out int opcode, out byte[] mask, out long length)
        {
            (fin, rsv, opcode, mask, length) = (false, 0, 0, new byte[4], 0);
            if (bytes.Length - at < 2)
            {
                return false;
            }

            fin = bytes[at] >= 128;
            rsv = bytes[at] / 16 % 8;
            opcode = bytes[at] % 16;
            var masked = bytes[at + 1] >= 128;
            length = bytes[at + 1] % 128;
            var extended = length == 126 ? 2 : length == 127 ? 8 : 0;
            if (bytes.Length - at < 2 + extended + (masked ? 4 : 0))
            {
                return false;
            }

            at += 2;
            if (extended > 0)
            {
                length = 0;
                for (var i = 0; i < extended; i++)
                {
                    length = (length << 8) | bytes[at++];
                }
            }

            if (masked)
            {
                mask = bytes[at..(at + 4)];
                at += 4;
            }

            return true;
        }

        private static Message Raw(byte[] bytes) => new(WebSocketKind.Raw, Convert.ToHexString(bytes), bytes.Length, false, false);
    }
}

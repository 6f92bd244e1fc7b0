using System.Runtime.InteropServices;
using Tda.Torch.Native;
using static TorchSharp.torch;

namespace Tda.Torch.Tests.Native;

public sealed unsafe class BridgeTests
{
    [Fact]
    public void Slot_HasTheBridgesLayout()
    {
        var native = stackalloc int[4];
        Bridge.tda_sizes(native);
        Slot slot;
        var start = (byte*)&slot;

        Assert.Equal(native[0], sizeof(Slot));
        Assert.Equal(native[1], (byte*)&slot.Count - start);
        Assert.Equal(native[2], (byte*)&slot.Bits - start);
        Assert.Equal(native[3], sizeof(nint));
        Assert.Equal(Bridge.Abi, Bridge.tda_abi());
    }

    [Fact]
    public void SlotTags_AreTheBridgesInOrder()
    {
        var source = BridgeCompiler.Source();
        var start = source.IndexOf("enum Tag", StringComparison.Ordinal);
        var body = source[(source.IndexOf('{', start) + 1)..source.IndexOf('}', start)];
        var native = body.Split(',').Select(name => name.Trim()[1..]);

        Assert.Equal(native, Enum.GetNames<SlotTag>());
    }

    [Fact]
    public void Errors_AreShortAndWithoutNativeFrames()
    {
        using var scope = NewDisposeScope();

        var error = Assert.Throws<ExternalException>(() => zeros(2, 3).mm(zeros(2, 3)));

        Assert.Contains("cannot be multiplied", error.Message);
        Assert.DoesNotContain("frame #", error.Message);
        Assert.DoesNotContain("Exception raised from", error.Message);
        Assert.True(error.Message.Length < 300, error.Message);
    }

    [Fact]
    public void Errors_OfMissingKernels_DoNotListAllBackends()
    {
        using var scope = NewDisposeScope();
        var sparse = new Operator("to_sparse", "sparse_dim").Exists
            ? new Operator("to_sparse").Call(eye(2))
            : throw new NotSupportedException("to_sparse");

        var error = Assert.Throws<ExternalException>(() => sparse.as_strided([2], [1]));

        Assert.Contains("as_strided", error.Message);
        Assert.True(error.Message.Length < 400, error.Message);
    }

    [Fact]
    public void Errors_LeaveTheBridgeUsable()
    {
        using var scope = NewDisposeScope();
        for (var i = 0; i < 3; i++)
            Assert.Throws<ExternalException>(() => zeros(2).view(3));

        Assert.Equal(2, ones(2).sum().item<float>());
    }

    [Fact]
    public void Operator_ThatDoesNotExist_SaysWhichAndWhatVersion()
    {
        var missing = new Operator("no_such_operator");

        Assert.False(missing.Exists);
        var error = Assert.Throws<NotSupportedException>(() => missing.Call(1L));
        Assert.Contains("aten::no_such_operator", error.Message);
        Assert.Contains(Bridge.Version, error.Message);
    }

    [Fact]
    public void Operator_WithAMissingArgument_SaysWhich()
    {
        using var scope = NewDisposeScope();

        var error = Assert.Throws<ExternalException>(() => Aten.Mm.Call(zeros(2, 2)));

        Assert.Contains("argument 1 of aten::mm has no default", error.Message);
    }

    [Fact]
    public void EveryOperatorInUse_Exists()
    {
        var missing = typeof(Aten).GetFields(System.Reflection.BindingFlags.Static | System.Reflection.BindingFlags.NonPublic)
            .Select(field => (Operator)field.GetValue(null)!)
            .Where(op => !op.Exists)
            .Select(op => op.Name);

        Assert.Empty(missing);
    }

    [Fact]
    public void Lists_LongerThanTheStackScratch_ArePassedWhole()
    {
        using var scope = NewDisposeScope();
        var parts = Enumerable.Range(0, 500).Select(i => full(1, i)).ToArray();

        Assert.Equal(499 * 500 / 2, cat(parts).sum().item<long>());
    }

    [Fact]
    public void DisposedTensor_IsRefusedByEveryOperator()
    {
        var x = zeros(2);
        x.Dispose();

        Assert.Throws<ObjectDisposedException>(() => x + 1);
        Assert.Throws<ObjectDisposedException>(() => x.shape);
        x.Dispose();
    }
}

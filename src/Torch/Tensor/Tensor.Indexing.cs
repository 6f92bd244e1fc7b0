using System.Runtime.CompilerServices;
using Tda.Torch.Native;

namespace TorchSharp;

public static partial class torch
{
    public sealed partial class Tensor
    {
        /// <summary>Python-like indexing: numbers and slices give views, masks and index tensors give copies.</summary>
        [IndexerName("TensorItems")]
        public Tensor this[params TensorIndex[] indices]
        {
            get => index(indices);
            set => index_put_(value, indices);
        }

        [IndexerName("TensorItems")]
        public Tensor this[params Tensor[] indices]
        {
            get => index(indices);
            set => index_put_(value, indices);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1]
        {
            get => Aten.SelectInt.Call(this, 0, i1);
            set => Assign([i1], value);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2]
        {
            get => Selected([i1, i2]);
            set => Assign([i1, i2], value);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2, long i3]
        {
            get => Selected([i1, i2, i3]);
            set => Assign([i1, i2, i3], value);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2, long i3, long i4]
        {
            get => Selected([i1, i2, i3, i4]);
            set => Assign([i1, i2, i3, i4], value);
        }

        [IndexerName("TensorItems")]
        public Tensor this[params long[] indices]
        {
            get => Selected(indices);
            set => Assign(indices, value);
        }

        public Tensor index(params TensorIndex[] indices)
        {
            using var plan = new IndexPlan(this, indices);
            return plan.Read();
        }

        public Tensor index(params Tensor[] indices) => Aten.IndexTensor.Call(this, Value.Optionals(indices));

        /// <summary>Writes values at the indices. To add them up where indices repeat, use index_add_.</summary>
        public Tensor index_put_(Tensor value, params TensorIndex[] indices)
        {
            using var plan = new IndexPlan(this, indices);
            plan.Write(value);
            return this;
        }

        public Tensor index_put_(Tensor value, params Tensor[] indices) =>
            index_put_(value, Array.ConvertAll(indices, TensorIndex.Tensor));

        public Tensor index_put_(Scalar value, params TensorIndex[] indices)
        {
            using Tensor filled = value;
            return index_put_(filled, indices);
        }

        public Tensor index_put_(Scalar value, params Tensor[] indices) =>
            index_put_(value, Array.ConvertAll(indices, TensorIndex.Tensor));

        private Tensor Selected(long[] positions)
        {
            var result = this;
            foreach (var position in positions)
            {
                var next = Aten.SelectInt.Call(result, 0, position);
                if (!ReferenceEquals(result, this))
                    result.Dispose();
                result = next;
            }
            return ReferenceEquals(result, this) ? alias() : result;
        }

        private void Assign(long[] positions, Tensor value)
        {
            using var place = Selected(positions);
            place.copy_(value);
        }
    }
}
